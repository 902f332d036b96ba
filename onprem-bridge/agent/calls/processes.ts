import { readdir, readFile } from 'node:fs/promises'
import * as z from 'zod'
import { HostTrouble } from '../../../src/core/ports.ts'
import { type Handler, handler } from '../call.ts'
import { runProgram } from './run-program.ts'

/** Clock ticks of a second, which every Linux on hardware that we meet has. */
const ticks = 100
const pageBytes = 4_096
const longestCommand = 1_000

interface Process {
  readonly pid: number
  readonly parent: number
  readonly name: string
  readonly state: string
  readonly uid: number | null
  readonly memoryBytes: number
  /** Seconds of processor time since it began. */
  readonly cpuSeconds: number
  readonly command: string
}

/** The processes of the host, from /proc, or by `ps` where there is none. */
export const processesHandler: Handler = handler(z.strictObject({}), async (_params, { signal }) => {
  const names = await readdir('/proc').catch(() => [])
  const pids = names.filter(name => /^\d+$/.test(name))
  if (pids.length === 0) return byPs(signal)
  return (await Promise.all(pids.map(readProcess))).filter(found => found !== undefined)
})

async function readProcess(pid: string): Promise<Process | undefined> {
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  const [stat, status, line] = await Promise.all([read('stat'), read('status'), read('cmdline')])
  const end = stat.lastIndexOf(')')
  // It ended while it was looked at.
  if (end < 0) return undefined
  const fields = stat.slice(end + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3] ?? 0)
  const uid = /^Uid:\s+(\d+)/m.exec(status)?.[1]
  const name = stat.slice(stat.indexOf('(') + 1, end)
  return {
    pid: Number(pid),
    parent: field(4),
    name,
    state: fields[0] ?? '?',
    uid: uid === undefined ? null : Number(uid),
    memoryBytes: Math.max(0, field(24)) * pageBytes,
    cpuSeconds: (field(14) + field(15)) / ticks,
    command: line.replaceAll('\0', ' ').trim().slice(0, longestCommand) || `[${name}]`,
  }
}

async function byPs(signal: AbortSignal): Promise<Process[]> {
  const said = await runProgram('ps', ['-A', '-o', 'pid=,ppid=,uid=,rss=,stat=,time=,args='], signal)
  if (!said.ok)
    throw new HostTrouble('refused', `this host has neither /proc nor a ps that lists: ${said.why}`)
  return said.stdout.split('\n').flatMap(line => {
    const [, pid, parent, uid, rss, state, time, command] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    if (!pid || !command) return []
    const cpuSeconds = (time ?? '').split(/[-:]/).reduce((sum, part) => sum * 60 + Number(part), 0)
    const name = command.split(' ')[0]?.split('/').at(-1) ?? command
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        name,
        state: state?.[0] ?? '?',
        uid: Number(uid),
        memoryBytes: Number(rss) * 1_024,
        cpuSeconds,
        command: command.slice(0, longestCommand),
      },
    ]
  })
}
