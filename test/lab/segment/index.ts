import { execFileSync, spawn } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeKey } from '../keys.ts'
import { findProgram } from '../programs.ts'
import { type Namespace, openNamespace } from './namespace.ts'

/**
 * Two machines on a cable: the desk, from where it is operated, and the box, which has an SSH server and can be shut down
 * and restarted, by which its network goes away.
 */
export interface Segment {
  readonly folder: string
  readonly desk: Namespace
  readonly box: Namespace
  /** The box's address on the cable, the cable's broadcast address, and the box's SSH port. */
  readonly address: string
  readonly broadcast: string
  readonly port: number
  readonly user: string
  readonly key: string
  /** How the box takes it to be shut down. */
  mood(mood: 'obedient' | 'deaf' | 'strict'): Promise<void>
  /** What its systemctl was told since the last look. */
  asked(): Promise<readonly string[]>
  /** Puts the box's network up again. */
  powerOn(): void
  /** Programs that sessions on the box find, and no others. */
  offer(programs: readonly string[]): Promise<void>
  stop(): Promise<void>
}

const address = '10.77.0.2'
const port = 22

export async function openSegment(): Promise<Segment> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-segment-'))
  const bin = path.join(folder, 'bin')
  const opened: Namespace[] = []
  const stop = async () => {
    await Promise.all(opened.map(one => one.end()))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await mkdir(bin)
    await mkdir('/run/sshd', { recursive: true })
    const [desk, box] = [await openNamespace(), await openNamespace()] as const
    opened.push(desk, box)
    lay(desk, box)
    await installStubs(folder)
    // Whatever a session does, it does not reach this machine's own systemd.
    box.sh('for one in /run/systemd /run/dbus; do [ ! -d "$one" ] || mount -t tmpfs tmpfs "$one"; done')
    box.sh('mount --bind "$1" /proc/sys/kernel/random/boot_id', path.join(folder, 'boot_id'))
    await startSshd(box, folder, bin)
    const offer = (programs: readonly string[]) => linkPrograms(path.join(folder, 'tools'), programs)
    await offer(usual)
    return {
      folder,
      desk,
      box,
      address,
      broadcast: '10.77.0.255',
      port,
      user: os.userInfo().username,
      key: path.join(folder, 'id_ed25519'),
      mood: mood => writeFile(path.join(folder, 'mood'), mood),
      async asked() {
        const file = path.join(folder, 'asked')
        const lines = (await readFile(file, 'utf8')).split('\n').filter(line => line !== '')
        await writeFile(file, '')
        return lines
      },
      powerOn() {
        box.sh('ip link set lan0 up')
        // The desk remembers for a while that nobody was there.
        desk.sh('ip neigh flush dev desk0')
      },
      offer,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What the scripts that are sent to hosts use besides what a shell has itself. */
const usual = [
  'sh',
  'cat',
  'head',
  'tail',
  'sed',
  'tr',
  'sleep',
  'id',
  'uname',
  'true',
  'ip',
  'setsid',
  'dirname',
]

async function linkPrograms(folder: string, programs: readonly string[]): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  for (const program of new Set([...usual, ...programs])) {
    const found = program === 'python3' ? interpreter() : findProgram(program)
    if (found === undefined) throw new Error(`${program} is not here`)
    // Not a link: a program that looks at its own path would find itself in another place.
    await writeFile(path.join(folder, program), `#!/bin/sh\nexec ${found} "$@"\n`, { mode: 0o755 })
  }
}

/** Python itself, where the program of that name only chooses among several. */
function interpreter(): string {
  return execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim()
}

/** The cable. An address without detection of duplicates is there at once. */
function lay(desk: Namespace, box: Namespace): void {
  // In the desk's network alone: in its process namespace the box's id would mean nothing.
  const cable = ['ip', 'link', 'add', 'desk0', 'type', 'veth', 'peer', 'name', 'lan0', 'netns', `${box.pid}`]
  const [program, ...words] = desk.enterNetwork(cable)
  execFileSync(program, words)
  for (const [one, card, last] of [
    [desk, 'desk0', 1],
    [box, 'lan0', 2],
  ] as const) {
    one.sh(`
      ip addr add 10.77.0.${last}/24 broadcast 10.77.0.255 dev ${card}
      ip -6 addr add fd77::${last}/64 dev ${card} nodad
      ip link set ${card} up`)
  }
}

async function installStubs(folder: string): Promise<void> {
  const systemctl = path.join(folder, 'bin', 'systemctl')
  await copyFile(new URL('machine.sh', import.meta.url), systemctl)
  await chmod(systemctl, 0o755)
  // Found before the real ones, which would shut down the machine that the tests run on.
  for (const program of ['shutdown', 'poweroff', 'reboot', 'halt', 'sudo', 'doas'])
    await writeFile(path.join(folder, 'bin', program), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  await writeFile(path.join(folder, 'mood'), 'obedient')
  await writeFile(path.join(folder, 'asked'), '')
  await writeFile(path.join(folder, 'boot_id'), 'first-boot\n')
}

async function startSshd(box: Namespace, folder: string, bin: string): Promise<void> {
  const hostKey = path.join(folder, 'host_key')
  const [own] = [await makeKey(path.join(folder, 'id_ed25519')), await makeKey(hostKey)]
  await writeFile(path.join(folder, 'authorized_keys'), `${own}\n`)
  const config = path.join(folder, 'sshd_config')
  await writeFile(
    config,
    [
      `Port ${port}`,
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${path.join(folder, 'authorized_keys')}`,
      `PidFile ${path.join(folder, 'listener')}`,
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'UseDNS no',
      // sshd takes one SetEnv with several variables, and only the first line of it.
      `SetEnv SHLVL=3 PATH=${bin}:${path.join(folder, 'tools')}`,
      '',
    ].join('\n'),
  )
  const [program, ...words] = box.enter([findProgram('sshd') ?? 'sshd', '-D', '-e', '-f', config])
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', chunk => {
    log += chunk
  })
  for (let tries = 0; !log.includes('Server listening'); tries++) {
    if (child.exitCode !== null || tries > 200) throw new Error(`sshd did not start: ${log}`)
    await sleep(25)
  }
}
