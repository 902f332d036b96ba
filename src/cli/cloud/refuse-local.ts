import type { Args } from '../command.ts'
import { UsageError } from '../usage-error.ts'

/** Flags that say how this machine works on hosts. */
const local = ['bridge', 'bridge-key', 'user', 'key', 'port', 'jump', 'concurrency', 'timeout'] as const

/** Refuses flags that mean nothing in the cloud, where the deployed configuration says it. Throws `UsageError`. */
export function refuseLocal(args: Args, command: string): void {
  const foreign = local.find(name => args.flags[name] !== undefined)
  if (foreign === undefined) return
  throw new UsageError(
    `reops ${command} --cloud has no --${foreign}: what is deployed works as reops.config.ts said when it was deployed; change it there, and reops deploy`,
  )
}
