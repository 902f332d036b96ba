import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { type LxdClient, openClient } from '../../../src/providers/lxd/api/client.ts'
import { addAlias } from '../../../src/providers/lxd/api/images.ts'
import { importImage } from '../../../src/providers/lxd/api/import-image.ts'
import { leaveOut, type Needs, needs } from '../../support/needs.ts'
import { findProgram } from '../programs.ts'
import { listen } from '../servers.ts'
import { buildImage, type TinyImage } from './image.ts'

/** A daemon of its own with a pool, a network with addresses by DHCP and the image `tiny`. */
export interface Lxd {
  readonly folder: string
  readonly socket: string
  readonly image: TinyImage
  /** Opens its HTTPS port, and a loopback port here that leads to it. */
  openHttps(): Promise<string>
  /** Ends the daemon and all containers at once, as when the power goes; what was on disks stays. */
  kill(): Promise<void>
  /** Kills it, if it is there, and starts it again. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** How long the daemon may take to listen, in milliseconds. */
const startMs = 30_000

/** Why the tests of a real daemon are left out here, if they are. */
export function needsLxd(): Needs {
  const missing = needs('lxd', 'busybox', 'dnsmasq', 'unshare', 'nsenter', 'ip', 'openssl')
  if (missing.skip) return missing
  if (process.getuid?.() !== 0) return leaveOut('LXD needs root')
  return existsSync('/sys/fs/cgroup/memory/tasks') ? {} : leaveOut('LXD needs the controllers of cgroup v1')
}

/** Starts LXD and sets it up. Two or three seconds. */
export async function startLxd(): Promise<Lxd> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-lxd-'))
  const data = path.join(folder, 'lxd')
  await mkdir(data)
  const group = path.basename(folder)
  const socket = path.join(data, 'unix.socket')
  const client = openClient({ socket })
  const doors: { stop(): Promise<void> }[] = []
  let child = launch(folder, data, group)
  const kill = async () => {
    await end(child)
    await removeGroups(group)
  }
  const stop = async () => {
    client.close()
    await Promise.all(doors.map(door => door.stop()))
    await kill()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const image = await buildImage(folder)
    await listening(client, child)
    await setUp(client, image)
    return {
      folder,
      socket,
      image,
      kill,
      async restart() {
        await kill()
        child = launch(folder, data, group)
        await listening(client, child)
      },
      async openHttps() {
        await put(client, 'PATCH', '/1.0', { config: { 'core.https_address': '127.0.0.1:8443' } })
        const door = await openDoor(child.pid ?? 0, '8443')
        doors.push(door)
        return `https://127.0.0.1:${door.port}`
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function launch(folder: string, data: string, group: string): ChildProcess {
  return spawn('sh', [path.join(import.meta.dirname, 'lxd.sh'), data, group], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: folder,
  })
}

const soon = () => AbortSignal.timeout(startMs)

async function listening(client: LxdClient, child: ChildProcess): Promise<void> {
  let log = ''
  child.stderr?.on('data', chunk => {
    log += chunk
  })
  const signal = soon()
  for (;;) {
    if (child.exitCode !== null || signal.aborted) throw new Error(`lxd did not start: ${log}`)
    try {
      await client.read({ doing: 'waiting for lxd', path: '/1.0' }, z.unknown(), { signal })
      return
    } catch {
      // Until it listens there is nobody to ask; the deadline above ends the asking.
      await sleep(50)
    }
  }
}

async function setUp(client: LxdClient, image: TinyImage): Promise<void> {
  await put(client, 'POST', '/1.0/storage-pools', { name: 'default', driver: 'dir' })
  await put(client, 'POST', '/1.0/networks', {
    name: 'lab0',
    config: { 'ipv4.address': '10.99.0.1/24', 'ipv4.nat': 'false', 'ipv6.address': 'none' },
  })
  await put(client, 'PATCH', '/1.0/profiles/default', {
    devices: {
      root: { type: 'disk', path: '/', pool: 'default' },
      eth0: { type: 'nic', name: 'eth0', network: 'lab0' },
    },
  })
  const fingerprint = await importImage(client, { unified: image.unified }, { signal: soon() })
  await addAlias(client, 'tiny', fingerprint, { signal: soon() })
}

/** Asks the daemon for what the client has no call for. */
async function put(client: LxdClient, method: 'POST' | 'PATCH', where: string, body: unknown): Promise<void> {
  const doing = `setting up ${where}`
  await client.change({ doing, method, path: where, body }, z.unknown(), { signal: soon() })
}

/** A port of loopback that leads to one inside the daemon's network. */
async function openDoor(pid: number, port: string) {
  const inside = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
  const children = new Set<ChildProcess>()
  const door = await listen(socket => {
    const busybox = findProgram('busybox') ?? 'busybox'
    const child = spawn('nsenter', ['-t', String(inside), '-n', busybox, 'nc', '127.0.0.1', port], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    children.add(child)
    child.on('exit', () => {
      children.delete(child)
      socket.destroy()
    })
    child.stdin?.on('error', () => socket.destroy())
    socket.on('close', () => child.kill('SIGKILL'))
    if (child.stdin && child.stdout) socket.pipe(child.stdin)
    child.stdout?.pipe(socket)
  })
  return {
    port: door.port,
    async stop() {
      for (const child of children) child.kill('SIGKILL')
      await door.stop()
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  await gone
}

/** A group can be removed when its last process is gone, which the kernel takes a moment for. */
async function removeGroups(group: string): Promise<void> {
  for (const controller of readdirSync('/sys/fs/cgroup')) {
    const top = path.join('/sys/fs/cgroup', controller, group)
    if (!existsSync(top)) continue
    for (const folder of await below(top)) await removeGroup(folder)
  }
}

async function removeGroup(folder: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await rmdir(folder)
    } catch (error) {
      if (attempt === 100) throw error
      await sleep(20)
    }
  }
}

/** A folder and those in it, the innermost first. */
async function below(folder: string): Promise<string[]> {
  const inside = (await readdir(folder, { withFileTypes: true })).filter(entry => entry.isDirectory())
  const deeper = await Promise.all(inside.map(({ name }) => below(path.join(folder, name))))
  return [...deeper.flat(), folder]
}
