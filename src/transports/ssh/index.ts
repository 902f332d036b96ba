import type { Remote, Transport } from '../../core/ports.ts'
import { createHandshakes } from './adaptive.ts'
import { type ConfigItem, readConfigFile } from './config/file.ts'
import { connect } from './connect.ts'
import { type ExecParts, exec } from './exec.ts'
import { openFarEnd } from './far-end.ts'
import { openThrough } from './jump.ts'
import { createKeyring } from './keyring.ts'
import { openKnownHosts } from './known-hosts/store.ts'
import { readOptions, type SshOptions, type SshSettings } from './options.ts'
import { createPool, type Pool } from './pool.ts'
import { download } from './sftp/download.ts'
import { transfer } from './sftp/transfer.ts'
import { upload } from './sftp/upload.ts'
import { loadSsh2 } from './ssh2.ts'
import { sync } from './sync/sync.ts'
import { resolveTarget, type Target } from './target.ts'
import { createTasks, type Tasks } from './tasks.ts'

export type { SshEvent, SshOptions } from './options.ts'

/**
 * Reaches hosts by SSH: warm connections, keys and agent, `~/.ssh/config`, known_hosts, jump hosts. Nothing is
 * loaded or opened before the first `open`. Throws `InvalidConfig` for options that don't fit.
 *
 * @example
 * const ssh = createSshTransport({ stateFolder: '.reops' })
 * const remote = await ssh.open({ name: 'foo' }, { signal: AbortSignal.timeout(5_000) })
 * await remote.exec(['uptime'], { signal: AbortSignal.timeout(5_000) })
 * await ssh.close()
 */
export function createSshTransport(options: SshOptions): Transport {
  const settings = readOptions(options)
  const tasks = createTasks()
  let parts: Promise<Parts> | undefined

  const prepare = async (): Promise<Parts> => {
    const config = settings.configFile === false ? [] : readConfigFile(settings.configFile, settings.home)
    return { settings, config, posix: new Set(), pool: await createPoolOver(settings) }
  }
  return {
    async open(host, { signal, timeout }) {
      tasks.mustBeOpen(host.name)
      // A configuration that was broken may be mended before the next try.
      parts ??= prepare().catch((error: unknown) => {
        parts = undefined
        throw error
      })
      const { pool, config } = await parts
      const target = resolveTarget(host, settings, config)
      await tasks.run(host.name, signal, both => pool.warm(target, { signal: both, timeout }))
      return remoteOf(await parts, target, tasks)
    },
    async close() {
      // Commands are ended on their hosts first, which takes the grace at most.
      await tasks.close()
      await (await parts?.catch(() => undefined))?.pool.close()
    },
  }
}

interface Parts extends ExecParts {
  readonly config: readonly ConfigItem[]
}

function remoteOf(parts: Parts, target: Target, tasks: Tasks): Remote {
  const { pool } = parts
  const run = <T>(options: { signal: AbortSignal }, work: (signal: AbortSignal) => Promise<T>) =>
    tasks.run(target.host, options.signal, work)
  return {
    exec: (command, options) => run(options, signal => exec(parts, target, command, { ...options, signal })),
    upload: (local, remote, options) =>
      run(options, signal =>
        transfer(pool, target, { ...options, signal }, its => upload(its, local, remote)),
      ),
    download: (remote, local, options) =>
      run(options, signal =>
        transfer(pool, target, { ...options, signal }, its => download(its, remote, local)),
      ),
    sync: (local, remote, options) =>
      run(options, signal => sync(parts, target, local, remote, { ...options, signal })),
    stream: (to, options) => run(options, signal => openFarEnd(pool, target, to, { ...options, signal })),
  }
}

async function createPoolOver(settings: SshSettings): Promise<Pool> {
  const ssh2 = await loadSsh2()
  const shared = {
    ssh2,
    settings,
    keyring: createKeyring(ssh2, settings.askPassphrase),
    knownHosts: openKnownHosts(settings.ownKnownHostsFile),
    handshakes: createHandshakes(settings.handshakes),
  }
  const pool: Pool = createPool(settings, (target, signal, timeout) =>
    connect({ ...shared, through: (to, limits) => openThrough(pool, to, limits) }, target, signal, timeout),
  )
  return pool
}
