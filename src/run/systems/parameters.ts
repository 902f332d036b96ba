import type { AwsSettings } from '../../core/aws.ts'
import type { Aws } from '../aws/clients.ts'
import type { Parameters } from '../aws/parameters.ts'

/** Reads secrets of Parameter Store; AWS's client is loaded with the first one. */
export interface ParameterReader {
  read(name: string): Promise<string>
  close(): Promise<void>
}

/** A reader of the account and region that the configuration means. It is closed by whoever opens it. */
export function openParameterReader(settings: AwsSettings): ParameterReader {
  let opened: Promise<{ readonly aws: Aws; readonly parameters: Parameters }> | undefined
  const open = async () => {
    const [{ openAws }, { openParameters }] = await Promise.all([
      import('../aws/clients.ts'),
      import('../aws/parameters.ts'),
    ])
    const aws = openAws(settings)
    return { aws, parameters: openParameters(aws) }
  }
  return {
    async read(name) {
      opened ??= open()
      return (await opened).parameters.read(name)
    },
    async close() {
      const last = opened
      opened = undefined
      ;(await last)?.aws.close()
    },
  }
}
