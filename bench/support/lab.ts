import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Lab, startLab } from '../../test/lab/sshd.ts'

/** Loopback hosts and how each tool finds them: the same names, user, key and known hosts for all. */
export interface BenchLab {
  readonly names: readonly string[]
  /** OpenSSH's client configuration. */
  readonly sshConfig: string
  /** Ours. */
  readonly reopsConfig: string
  /** Ansible's inventory. */
  readonly inventory: string
  readonly folder: string
  stop(): Promise<void>
}

/**
 * What every sshd offers: one key exchange, because Debian's first choice costs ten times as much as the next, and room
 * for everybody who knocks.
 */
const serverConfig = ['KexAlgorithms curve25519-sha256', 'MaxStartups 1000:100:1000', 'LogLevel INFO']

/** Starts `count` sshd, and writes the files by which each tool knows them. */
export async function startBenchLab(count: number): Promise<BenchLab> {
  const lab = await startLab(Array.from({ length: count }, () => ({ config: serverConfig })))
  const file = async (name: string, text: string) => {
    const place = path.join(lab.folder, name)
    await writeFile(place, text)
    return place
  }
  return {
    names: lab.hosts.map(({ name }) => name),
    sshConfig: await file('ssh_config', sshConfigText(lab)),
    reopsConfig: await file('reops.config.ts', reopsConfigText(lab)),
    inventory: await file('inventory', `${lab.hosts.map(({ name }) => name).join('\n')}\n`),
    folder: lab.folder,
    stop: () => lab.stop(),
  }
}

function sshConfigText(lab: Lab): string {
  const hosts = lab.hosts.map(
    ({ name, address, port }) =>
      `Host ${name}\n  HostName ${address}\n  Port ${port}\n  HostKeyAlias [${address}]:${port}`,
  )
  const all = [
    'Host *',
    `  User ${lab.user}`,
    `  IdentityFile ${lab.key}`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile ${lab.knownHosts}`,
    '  GlobalKnownHostsFile none',
    '  StrictHostKeyChecking yes',
    '  BatchMode yes',
    '  LogLevel ERROR',
  ]
  return `${[...hosts, ...all].join('\n')}\n`
}

function reopsConfigText(lab: Lab): string {
  const { user, key, knownHosts } = lab
  const hosts = Object.fromEntries(lab.hosts.map(({ name, address, port }) => [name, { address, port }]))
  const config = {
    hosts,
    defaults: { user, key },
    ssh: { config: false, agent: false, knownHosts: [knownHosts], hostKeys: 'strict' },
  }
  return `export default ${JSON.stringify(config, null, 2)}\n`
}
