import path from 'node:path'
import { clientOptions } from '../core/aws.ts'
import { defined } from '../core/defined.ts'
import type { SsmOptions } from '../transports/ssm/options.ts'
import { type LoadedConfig, stateFolder } from './config.ts'

/** What the configuration says to the transport by Run Command. */
export function ssmOptions(loaded: LoadedConfig): SsmOptions {
  const { aws } = loaded.config
  const { bucket, prefix } = aws.ssm
  return {
    ...clientOptions(aws, 'ssm'),
    ...defined({ s3Endpoint: clientOptions(aws, 's3').endpoint }),
    ...(bucket === undefined ? {} : { output: { bucket, prefix } }),
    spoolFolder: path.join(stateFolder(loaded), 'output'),
  }
}
