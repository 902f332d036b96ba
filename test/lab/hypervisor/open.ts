import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { findProgram } from '../programs.ts'
import { recallCapabilities } from './capabilities.ts'
import { type CommandOptions, command } from './command.ts'
import { type Door, openDoor } from './door.ts'
import { type Namespaces, openNamespaces } from './namespaces.ts'
import { writeSettings } from './settings.ts'
import { type GuestAccess, openSshd } from './sshd.ts'

export interface HypervisorOptions {
  /** Its host name; `big-iron` otherwise. */
  readonly name?: string
  /** The size in MiB of the file system that its pool is on; otherwise the pool has the room of the machine. */
  readonly poolMiB?: number
  /** More lines of its libvirtd.conf. */
  readonly config?: readonly string[]
  /** More arguments of its libvirtd, such as `--listen`. */
  readonly args?: readonly string[]
}

/** A whole machine with libvirt and QEMU, apart from the one that the tests run on. */
export interface Hypervisor {
  readonly name: string
  /** A folder of its own, at the same path inside and outside; it goes with the hypervisor. */
  readonly folder: string
  /** libvirt's socket as this process connects to it. Inside it is /run/libvirt/libvirt-sock, as everywhere. */
  readonly socket: string
  /** The default network: what its guests' addresses begin with, such as `192.168.101`. */
  readonly subnet: string
  /** Its sshd: the way to it, and by a jump through it the only way to its guests. */
  readonly ssh: GuestAccess
  /** What virsh answers there; it throws what virsh complains of. */
  virsh(...args: string[]): Promise<string>
  /** Runs a command there, as root, and answers what it prints. */
  exec(argv: readonly string[], options?: CommandOptions): Promise<string>
  /** Where a path of its file system is seen from here: /var/lib/libvirt/images is its pool. */
  outside(path: string): string
  /** A loopback port here that leads to an address and port as seen from there. Each connection is a process. */
  forward(address: string, port: number): Promise<Door>
  /** Kills libvirtd at once; guests go on. */
  kill(): Promise<void>
  /** Starts libvirtd again after `kill`. */
  restart(): Promise<void>
  /** Stops libvirtd in its tracks: connections are accepted and nothing is answered, until `thaw`. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** What its libvirtd has logged. */
  log(): Promise<string>
  /** Ends it with all its guests, and leaves no process, mount, network or file. */
  close(): Promise<void>
}

/** Of the networks in this process; those of another process are in other namespaces. */
let networks = 100

/**
 * Starts a hypervisor: namespaces with a libvirtd, a virtlogd, a NAT network with DHCP and a pool of their own.
 * It takes a tenth of a second, and one second more the first time on a machine. Its guests are emulated: it has no
 * KVM. It needs what `canHypervise` asks for.
 *
 * @example
 * const iron = await openHypervisor({ name: 'big-iron' })
 * await iron.virsh('list', '--all')
 * await iron.close()
 */
export async function openHypervisor(options: HypervisorOptions = {}): Promise<Hypervisor> {
  const { name = 'big-iron', poolMiB = 0, config = [], args = [] } = options
  const subnet = `192.168.${++networks}`
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-hypervisor-'))
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    const inFolder = (part: string) => path.join(folder, part)
    await Promise.all(
      ['run', 'dev', 'log', 'cache', 'lib/images'].map(each => mkdir(inFolder(each), { recursive: true })),
    )
    await writeSettings(inFolder('etc'), { subnet, config })
    const socket = inFolder('run/libvirt/libvirt-sock')
    const virsh = (...words: string[]) =>
      command(['virsh', '-q', '-c', `qemu+unix:///system?socket=${socket}`, ...words])
    // libvirtd answers when all its parts, the network among them, have started.
    const answers = () => virsh('uri')
    const remember = await recallCapabilities(inFolder('cache'), () => virsh('capabilities'))
    const inside = await openNamespaces([folder, name, `${poolMiB}`, ...args])
    closing.push(() => inside.end())
    await answers()
    await remember()
    const ssh = await openSshd(folder, inside)
    closing.push(() => ssh.stop())
    return {
      name,
      folder,
      socket,
      subnet,
      ssh,
      virsh,
      ...daemon(inside, args, answers),
      exec: (argv, limits) => command(inside.enter(argv), limits),
      outside: inside.outside,
      async forward(address, port) {
        const door = await openDoor(inside.enter(['busybox', 'nc', address, `${port}`]))
        closing.push(() => door.stop())
        return door
      },
      log: () => readFile(inFolder('log/libvirtd.log'), 'utf8'),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

type Daemon = Pick<Hypervisor, 'kill' | 'restart' | 'freeze' | 'thaw'>

function daemon(inside: Namespaces, args: readonly string[], answers: () => Promise<unknown>): Daemon {
  const signal = async (word: string, then = '') => {
    await command(inside.enter(['sh', '-c', `pid=$(cat /run/libvirtd.pid); kill -${word} "$pid"${then}`]))
  }
  return {
    // Until it is gone, another one finds the place taken.
    kill: () => signal('KILL', '; while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done'),
    async restart() {
      await command(inside.enter([findProgram('libvirtd') ?? 'libvirtd', '-d', ...args]))
      await answers()
    },
    freeze: () => signal('STOP'),
    thaw: () => signal('CONT'),
  }
}
