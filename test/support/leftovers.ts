import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a test calls its temporary files; one of these that outlives the run is a leftover. */
const prefix = 'reops-'

/** A process that is being ended gets this long to go. */
const graceMs = 3000

/**
 * Gives the run a temporary folder of its own and returns the check for its end: no process and no file
 * may be left. A process is ours when its environment, its arguments or its working directory name the
 * folder, so that several runs on one machine don't see each other.
 */
export default async function watchLeftovers(): Promise<() => Promise<void>> {
  const outer = process.env.TMPDIR
  const folder = await mkdtemp(join(tmpdir(), `${prefix}tests-`))
  process.env.TMPDIR = folder
  return async () => {
    const processes = await remaining(folder)
    const files = (await readdir(folder)).filter(name => name.startsWith(prefix))
    for (const { id } of processes) end(id)
    await rm(folder, { recursive: true, force: true })
    if (outer === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = outer
    const found = [
      ...processes.map(({ id, command }) => `process ${id}: ${command}`),
      ...files.map(name => `file: ${name}`),
    ]
    if (found.length > 0) throw new Error(`The tests left something behind:\n  ${found.join('\n  ')}`)
  }
}

type Running = { id: number; command: string }

async function remaining(folder: string): Promise<Running[]> {
  const deadline = performance.now() + graceMs
  let found = await running(folder)
  while (found.length > 0 && performance.now() < deadline) {
    await sleep(50)
    found = await running(folder)
  }
  return found
}

/** Only Linux lists processes in /proc; elsewhere files alone are checked. */
async function running(folder: string): Promise<Running[]> {
  if (!existsSync('/proc/self/environ')) return []
  const ids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(ids.filter(id => id !== process.pid).map(id => look(id, folder)))
  return found.filter(one => one !== undefined)
}

/** Our own children are vitest's, which ends them itself; what a test starts is a worker's child. */
async function parentOf(id: number): Promise<number> {
  const afterName = (await readFile(`/proc/${id}/stat`, 'utf8')).split(') ').at(-1)
  return Number(afterName?.split(' ')[1])
}

async function look(id: number, folder: string): Promise<Running | undefined> {
  try {
    if ((await parentOf(id)) === process.pid) return undefined
    const command = (await readFile(`/proc/${id}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim()
    const traces = [command, await readFile(`/proc/${id}/environ`, 'utf8'), await readlink(`/proc/${id}/cwd`)]
    // A process without a command line has ended and waits for its parent to notice.
    return command !== '' && traces.some(text => text.includes(folder)) ? { id, command } : undefined
  } catch {
    // It ended while we were looking, or it belongs to another user: not one of ours either way.
    return undefined
  }
}

function end(id: number): void {
  try {
    process.kill(id, 'SIGKILL')
  } catch {
    // It ended by itself in the meantime, which is what we wanted.
  }
}
