import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { type KeyType, makeKey } from './keys.ts'
import { freePort, hangingServer, type Listening, slowProxy } from './servers.ts'
import { type Daemon, runInNetwork, startDaemon, startInetd } from './sshd-process.ts'

/** How one host of the lab is, beside healthy. */
export interface LabHostSpec {
  readonly name?: string
  /**
   * `down`: nothing listens. `hanging`: accepts and says nothing. `changed`: the lab's known_hosts has another key
   * of it. `refusing`: it knows no key of ours. `slow`: every packet takes a while.
   */
  readonly is?: 'up' | 'down' | 'hanging' | 'changed' | 'refusing' | 'slow'
  /** The name of a host in the list before it, through which alone this one can be reached. */
  readonly behind?: string
  /** More lines of sshd_config, such as `MaxStartups 2:100:4`. They come first, and sshd takes what comes first. */
  readonly config?: readonly string[]
  readonly hostKeys?: readonly KeyType[]
}

export interface LabHost {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly is: NonNullable<LabHostSpec['is']>
  readonly behind: string | undefined
  /** One known_hosts line for each of its keys. */
  readonly knownHosts: readonly string[]
  /** What its sshd has logged. */
  log(): string
  /** Kills the server and every session on it, at once. */
  kill(): Promise<void>
}

export interface Lab {
  readonly folder: string
  readonly user: string
  /** A private key that every host accepts that accepts any. */
  readonly key: string
  readonly publicKey: string
  /** The keys of all hosts; of the changed ones the old key. */
  readonly knownHosts: string
  readonly hosts: readonly LabHost[]
  host(name: string): LabHost
  stop(): Promise<void>
}

/** Starts real OpenSSH servers on free loopback ports, each with keys and a configuration of its own. */
export async function startLab(specs: number | readonly LabHostSpec[]): Promise<Lab> {
  const list = typeof specs === 'number' ? Array.from({ length: specs }, () => ({}) as LabHostSpec) : specs
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-lab-'))
  const key = path.join(folder, 'id_ed25519')
  const publicKey = await makeKey(key)
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true })

  const named = list.map((spec, index) => ({
    ...spec,
    name: spec.name ?? `host${String(index + 1).padStart(2, '0')}`,
  }))
  const started: Started[] = []
  const stop = async () => {
    await Promise.all(started.map(host => host.stop()))
    await rm(folder, { recursive: true, force: true })
  }
  const start = async (some: readonly (LabHostSpec & { name: string })[]) => {
    const results = await Promise.allSettled(
      some.map(spec =>
        startHost(spec, { folder, publicKey }, started.find(host => host.behind === spec.name)?.daemon),
      ),
    )
    started.push(...results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : [])))
    const failed = results.find(result => result.status === 'rejected')
    if (!failed) return
    await stop()
    throw failed.reason
  }
  await start(named.filter(spec => spec.behind !== undefined))
  await start(named.filter(spec => spec.behind === undefined))
  const hosts = named.map(({ name }) => find(started, name))
  const knownHosts = path.join(folder, 'known_hosts')
  await writeFile(
    knownHosts,
    hosts
      .flatMap(host => host.knownHosts)
      .map(line => `${line}\n`)
      .join(''),
  )
  return {
    folder,
    user: os.userInfo().username,
    key,
    publicKey,
    knownHosts,
    hosts,
    host: name => find(hosts, name),
    stop,
  }
}

interface Started extends LabHost {
  readonly daemon: Daemon | undefined
  stop(): Promise<void>
}

async function startHost(
  spec: LabHostSpec & { name: string },
  lab: { folder: string; publicKey: string },
  inside?: Daemon,
): Promise<Started> {
  const { name, is = 'up' } = spec
  const folder = path.join(lab.folder, name)
  await mkdir(folder)
  const keys = await Promise.all(
    (spec.hostKeys ?? ['ed25519']).map(async type => {
      const file = path.join(folder, `host_${type}`)
      return { file, public: await makeKey(file, type) }
    }),
  )
  const authorized = path.join(folder, 'authorized_keys')
  await writeFile(authorized, is === 'refusing' ? '' : `${lab.publicKey}\n`)

  const config = (port: number) =>
    [
      ...(spec.config ?? []),
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      ...keys.map(each => `HostKey ${each.file}`),
      `AuthorizedKeysFile ${authorized}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PrintMotd no',
      'UseDNS no',
      // Whoever runs the tests may have a slow or talkative .bashrc; at this depth bash does not read it.
      'SetEnv SHLVL=3',
      // The one thing that sshd does not take twice.
      ...(spec.config?.some(line => line.startsWith('Subsystem')) ? [] : ['Subsystem sftp internal-sftp']),
      'LogLevel VERBOSE',
      '',
    ].join('\n')

  let daemon: Daemon | undefined
  let front: Listening | undefined
  if (is === 'hanging') front = await hangingServer()
  else if (is !== 'down') {
    const options = { folder, config }
    daemon = inside
      ? await startInetd(options, inside)
      : spec.behind !== undefined && runInNetwork
        ? await startDaemon({ ...options, ownNetwork: true })
        : await startDaemon(options)
    if (is === 'slow') front = await slowProxy(daemon.port, 30)
  }
  const port = front?.port ?? daemon?.port ?? (await freePort())
  const shown =
    is === 'changed' ? [await makeKey(path.join(folder, 'before'))] : keys.map(each => each.public)
  const kill = async () => {
    await front?.stop()
    await daemon?.stop()
  }
  return {
    name,
    address: '127.0.0.1',
    port,
    is,
    behind: spec.behind,
    knownHosts: shown.map(each => `[127.0.0.1]:${port} ${each.replace(/ lab$/, '')}`),
    log: () => daemon?.log() ?? '',
    kill,
    daemon,
    stop: kill,
  }
}

function find<T extends { readonly name: string }>(hosts: readonly T[], name: string): T {
  const found = hosts.find(host => host.name === name)
  if (found) return found
  throw new Error(`the lab has no host ${name}`)
}

/** Whether something accepts connections there; for tests that prove that nothing is left. */
export function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
