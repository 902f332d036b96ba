import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { findProgram, hasProgram } from './programs.ts'
import { freePort, listen } from './servers.ts'

/** One sshd. */
export interface Daemon {
  readonly port: number
  readonly pid: number
  log(): string
  stop(): Promise<void>
}

interface DaemonOptions {
  readonly folder: string
  readonly config: (port: number) => string
  /** A network namespace of its own, where only its loopback is. */
  readonly ownNetwork?: boolean
}

/** Whether a server can have a network of its own here: a host that really is behind another. */
export const runInNetwork = process.getuid?.() === 0 && ['unshare', 'nsenter', 'ip'].every(hasProgram)

/** Another process may take the port between our looking and sshd's binding. */
const portAttempts = 5

/** Starts an sshd that listens, and waits until it does. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryDaemon(options, await freePort())
    } catch (error) {
      if (attempt === portAttempts) throw error
    }
  }
}

async function tryDaemon({ folder, config, ownNetwork }: DaemonOptions, port: number): Promise<Daemon> {
  const file = path.join(folder, 'sshd_config')
  await writeFile(file, config(port))
  const sshd = findProgram('sshd') ?? 'sshd'
  const child = ownNetwork
    ? spawn(
        'unshare',
        ['-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', sshd, '-D', '-e', '-f', file],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      )
    : spawn(sshd, ['-D', '-e', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  const log = collect(child)
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`sshd did not start: ${log()}`)))
    child.once('error', reject)
    child.stderr?.on('data', () => {
      if (log().includes(`port ${port}.`)) resolve()
    })
  })
  const pid = child.pid ?? 0
  return { port, pid, log, stop: () => stopTree(pid, child) }
}

/**
 * Starts an sshd process for each connection, inside the network of another: what connects through it comes
 * from there, while it is itself reached from here.
 */
export async function startInetd({ folder, config }: DaemonOptions, inside: Daemon): Promise<Daemon> {
  const file = path.join(folder, 'sshd_config')
  const sshd = findProgram('sshd') ?? 'sshd'
  const children = new Set<ChildProcess>()
  let log = ''
  const door = await listen(socket => {
    socket.pause()
    const command = runInNetwork ? ['nsenter', '-t', String(inside.pid), '-n', sshd] : [sshd]
    const child = spawn(command[0] ?? sshd, [...command.slice(1), '-i', '-e', '-f', file], {
      stdio: [socket, socket, 'pipe'],
    })
    children.add(child)
    child.stderr?.on('data', chunk => {
      log += chunk
    })
    child.on('exit', () => {
      children.delete(child)
      socket.destroy()
    })
  })
  await writeFile(file, config(door.port))
  return {
    port: door.port,
    pid: process.pid,
    log: () => log,
    async stop() {
      await Promise.all([...children].map(child => stopTree(child.pid ?? 0, child)))
      await door.stop()
    },
  }
}

function collect(child: ChildProcess): () => string {
  let log = ''
  child.stderr?.on('data', chunk => {
    log += chunk
  })
  return () => log
}

/** Kills a process and all that came from it: sessions outlive their sshd, and commands their session. */
async function stopTree(pid: number, child: ChildProcess): Promise<void> {
  const gone =
    child.exitCode !== null || child.signalCode !== null
      ? Promise.resolve()
      : new Promise<void>(resolve => child.once('exit', () => resolve()))
  for (const each of descendants(pid)) kill(each)
  kill(pid)
  await gone
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function descendants(pid: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const children = new Map<number, number[]>()
  for (const row of rows.trim().split('\n')) {
    const [own = 0, parent = 0] = row.trim().split(/\s+/).map(Number)
    children.set(parent, [...(children.get(parent) ?? []), own])
  }
  const below = (parent: number): number[] =>
    (children.get(parent) ?? []).flatMap(each => [each, ...below(each)])
  return below(pid)
}
