import type { HostsPort } from '../../src/core/context.ts'
import { defined } from '../../src/core/defined.ts'
import type { FunctionEnvironment } from '../../src/run/deploy/function-environment.ts'
import { openHostsPort } from '../../src/run/hosts-port.ts'

/** Hosts in AWS, which Run Command reaches; whole outputs stay in the bucket. Its client is loaded with the first host. */
export function runCommandHosts({ bucket: own, settings }: FunctionEnvironment): HostsPort {
  const { aws, hosts } = settings
  const { bucket = own, prefix } = aws.ssm
  const ssm = async () => {
    const { createSsmTransport } = await import('../../src/transports/ssm/index.ts')
    return createSsmTransport(
      defined({
        endpoint: aws.endpoints.ssm ?? aws.endpoint,
        s3Endpoint: aws.endpoints.s3 ?? aws.endpoint,
        output: bucket === undefined ? undefined : { bucket, prefix },
      }),
    )
  }
  return openHostsPort({ ssm }, { concurrency: hosts.concurrency, timeout: hosts.timeout * 1_000 })
}
