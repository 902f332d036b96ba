import * as z from 'zod'
import { hostOperation } from '../../core/operation/host-operation.ts'
import { HostTrouble } from '../../core/ports.ts'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { type Command, command, path } from './arguments.ts'
import { requireExit } from './exit-status.ts'
import { launched, launcher } from './nohup-launcher.ts'

/** Where a command that was left running writes. */
export interface NohupOptions {
  /** The file on the host that its output is added to. One of its own in the host's /tmp when left out. */
  readonly log?: OrRef<string> | undefined
}

/** A command that was left running. */
export interface Launched {
  /** Its process id, which where the host has setsid is also its process group: `kill -- -pid` ends all of it. */
  readonly pid: number
  /** False for a command that had already ended well when it was looked at. */
  readonly running: boolean
  /** The absolute path of its output on the host. */
  readonly log: string
}

/**
 * Starts a command on every host and leaves it running when the connection is gone. Its stdin is empty and its output
 * goes to a log on the host, which only its user may read when it is made here. A moment after the start (0.3 s) it
 * is looked at again: a command that has failed by then fails with code `exit` and its last words. A host that
 * ends all processes of a user who logs out (`KillUserProcesses` of systemd) ends this one too.
 *
 * @example
 * await run(pipe(nohup(closet, '/usr/local/bin/alarm --loud', { log: '/tmp/alarm.log' }), pretty()))
 */
export const nohup = hostOperation({
  name: 'nohup',
  effect: 'change',
  schema: z.strictObject({ command, options: z.strictObject({ log: path.optional() }).prefault({}) }),
  args: (command: Command, options: NohupOptions = {}) => ({ command, options }),
  describe: ({ command }) => `nohup ${typeof command === 'string' ? command : quote(command)}`,
  each: async (host, { command, options }): Promise<Launched> => {
    const words =
      typeof command === 'string'
        ? ['shell', options.log ?? '', command]
        : ['argv', options.log ?? '', ...command]
    const { stdout } = requireExit(await host.exec(['sh', '-c', launcher, 'sh', ...words]))
    return readAnswer(stdout)
  },
})

/** The log stands last, since its name may hold anything, even the end of a line. */
const answer = new RegExp(`(?:^|\\n)${launched}\\n(\\d{1,10})\\n(yes|no)\\n(/[^]*)\\n$`)

function readAnswer(stdout: string): Launched {
  const [, pid, running, log] = answer.exec(stdout) ?? []
  if (log !== undefined) return { pid: Number(pid), running: running === 'yes', log }
  throw new HostTrouble(
    'unknown',
    'the command may have been started, but the host did not say so in a way that can be read',
    { detail: { stdout: stdout.slice(0, 1_000) } },
  )
}
