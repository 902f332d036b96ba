import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Ends a process group, politely first and by SIGKILL `grace` milliseconds later; answers whether it is gone. The dead
 * that nobody has buried yet don't count as alive: a container's first process may never do it.
 */
export async function endGroup(leader: number, grace: number): Promise<boolean> {
  signal(leader, 'SIGTERM')
  const until = performance.now() + grace
  while (performance.now() < until) {
    if (!(await alive(leader))) return true
    await sleep(20)
  }
  signal(leader, 'SIGKILL')
  for (let tries = 0; tries < 50; tries++) {
    if (!(await alive(leader))) return true
    await sleep(20)
  }
  return false
}

/** Sends a signal to a process group; false when nobody is left in it. */
export function signal(leader: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, name)
    return true
  } catch {
    // Nobody is left in the group.
    return false
  }
}

async function alive(leader: number): Promise<boolean> {
  if (!signal(leader, 0)) return false
  const pids = await readdir('/proc').catch(() => undefined)
  if (!pids) return true
  const members = await Promise.all(pids.filter(pid => /^\d+$/.test(pid)).map(pid => stateIn(pid, leader)))
  return members.some(state => state !== undefined && state !== 'Z' && state !== 'X')
}

/** The state of a process, when it is one of the group. */
async function stateIn(pid: string, leader: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name stands in brackets and may hold some itself.
  const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(group) === leader ? state : undefined
}
