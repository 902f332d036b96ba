import path from 'node:path'
import type { SshOptions } from '../transports/ssh/options.ts'
import { type LoadedConfig, stateFolder } from './config.ts'

/** What the configuration says to the SSH transport. Paths of the configuration start at its folder. */
export function sshOptions(loaded: LoadedConfig): SshOptions {
  const { config, folder } = loaded
  const { ssh, defaults } = config
  const fromFolder = (file: string) => (file.startsWith('~') ? file : path.resolve(folder, file))
  return {
    stateFolder: stateFolder(loaded),
    configFile: ssh.config === false ? false : fromFolder(ssh.config),
    knownHostsFiles: ssh.knownHosts.map(fromFolder),
    hostKeys: ssh.hostKeys,
    hosts: config.hosts,
    defaults,
    keys: Object.fromEntries(Object.entries(ssh.keys).map(([name, file]) => [name, fromFolder(file)])),
    connectTimeout: Math.ceil(ssh.connectTimeout * 1000),
    ...(ssh.agent ? {} : { agent: false as const }),
  }
}
