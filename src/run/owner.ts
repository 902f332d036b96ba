import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

/** Names this process as a holder of leases: the machine, the process, and which of those with its number. */
export function makeOwner(): string {
  return `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`
}

/** Whether a holder was a process of this machine that is no more. One of another machine is never known to be. */
export function isGone(owner: string): boolean {
  const [, host, pid] = /^(.*):(\d+):[0-9a-f]+$/.exec(owner) ?? []
  if (host !== hostname() || pid === undefined) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
