import type { ClientChannel } from 'ssh2'
import { unlessAborted } from '../../core/aborted.ts'
import { quote } from '../../core/quote.ts'
import { startDeadline } from './deadline.ts'
import type { Pool } from './pool.ts'
import type { Target } from './target.ts'

/** What became of a command that was asked to end. `unknown`: the host did not tell. */
export type Ending = 'ended' | 'unknown'

/**
 * Ends the process group `$1`: SIGTERM, up to `$2` tenths of a second, then SIGKILL. The command is a session
 * leader (sshd makes every one so), so its id is its group's too. Where there is a `ps` that can tell, the dead
 * that nobody has buried yet don't count as alive: a container's first process may be slow about it. `sleep 0.1`
 * is not everywhere.
 */
const endGroup = `
alive() {
  all=$(ps -A -o pgid= -o stat= 2>/dev/null) || { kill -0 -"$1" 2>/dev/null; return; }
  echo "$all" | { while read -r group state; do
    [ "$group" = "$1" ] && case $state in Z*) ;; *) exit 0;; esac
  done; exit 1; }
}
kill -TERM -"$1" 2>/dev/null
i=0
while alive "$1"; do
  if [ "$i" -ge "$2" ]; then
    kill -KILL -"$1" 2>/dev/null
    sleep 0.1 2>/dev/null || sleep 1
    alive "$1" && exit 1
    exit 0
  fi
  if sleep 0.1 2>/dev/null; then i=$((i+1)); else sleep 1; i=$((i+10)); fi
done
exit 0`

interface EndOptions {
  /** The remote process id, once the command has said it. */
  readonly pid: number | undefined
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number
  /** Milliseconds for connecting anew, when the connection has no room for one more session. */
  readonly timeout: number
}

/**
 * Ends a remote command and everything in its process group, by a second session: sshd passes the protocol's own
 * signals on neither for root nor for a forced command, and a closed channel ends nothing that does not write.
 * Where the process id is not known (a forced command), closing the channel is all that is left. Never throws:
 * the trouble that led here is what the caller reports.
 */
export async function endRemote(
  pool: Pool,
  target: Target,
  channel: ClientChannel,
  { pid, grace, timeout }: EndOptions,
): Promise<Ending> {
  const deadline = startDeadline(grace + timeout, new AbortController().signal)
  try {
    if (pid === undefined) return 'unknown'
    const command = quote(['sh', '-c', endGroup, 'sh', String(pid), String(Math.ceil(grace / 100))])
    const lease = await pool.open<Promise<number | null>>(
      target,
      (client, answer) =>
        client.exec(command, (error, killer) => {
          if (error) answer(error)
          else answer(undefined, exitOf(killer))
        }),
      { signal: deadline.signal, timeout },
    )
    try {
      return (await unlessAborted(lease.channel, deadline.signal)) === 0 ? 'ended' : 'unknown'
    } finally {
      lease.release()
    }
  } catch {
    // The host can't be asked any more; the caller says so with its own trouble.
    return 'unknown'
  } finally {
    deadline.clear()
    channel.close()
  }
}

function exitOf(channel: ClientChannel): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>()
  // A quick command's exit may be told before anybody can listen; the end of its channel tells it again.
  channel.on('close', (code?: number | null) => resolve(code ?? null))
  channel.on('error', () => undefined)
  channel.resume()
  channel.stderr.resume()
  channel.end()
  return promise
}
