import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../../src/core/hosts.ts'
import { type CommandOptions, type CommandResult, HostTrouble, type Transport } from '../../src/core/ports.ts'

/** What a host says to a command; a throw is its trouble. */
export type Answer = (
  host: Host,
  command: readonly string[] | string,
  options: CommandOptions,
) => string | Partial<CommandResult> | Promise<string | Partial<CommandResult>>

/** A transport whose hosts answer what a function says, without any network. */
export function scripted(answer: Answer): () => Transport {
  return () => ({
    open: async host => {
      const refuse = () => Promise.reject(new HostTrouble('exception', 'the script knows no transfers'))
      return {
        exec: async (command, options) => {
          const said = await answer(host, command, options)
          return { stdout: '', stderr: '', exit: 0, ...(typeof said === 'string' ? { stdout: said } : said) }
        },
        upload: refuse,
        download: refuse,
        sync: refuse,
      }
    },
    close: async () => {},
  })
}

/** Does not answer before it is told to stop. */
export async function untilCancelled({ signal }: CommandOptions): Promise<never> {
  await sleep(60_000, undefined, { signal }).catch(() => {})
  throw new HostTrouble('cancelled', 'the command was cancelled and was ended')
}
