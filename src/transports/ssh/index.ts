import { HostTrouble, type Remote, type Transport } from '../../core/ports.ts'
import { createHandshakes } from './adaptive.ts'
import { type ConfigItem, readConfigFile } from './config/file.ts'
import { connect } from './connect.ts'
import { exec } from './exec.ts'
import { openThrough } from './jump.ts'
import { createKeyring } from './keyring.ts'
import { openKnownHosts } from './known-hosts/store.ts'
import { readOptions, type SshOptions, type SshSettings } from './options.ts'
import { createPool, type Pool } from './pool.ts'
import { loadSsh2 } from './ssh2.ts'
import { resolveTarget } from './target.ts'

export type { AskPassphrase, SshEvent, SshOptions } from './options.ts'

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
  const closing = new AbortController()
  const running = new Set<Promise<unknown>>()
  let parts: Promise<{ pool: Pool; config: readonly ConfigItem[] }> | undefined

  const prepare = async () => {
    const config = settings.configFile === false ? [] : readConfigFile(settings.configFile, settings.home)
    return { config, pool: await createPoolOver(settings) }
  }
  return {
    async open(host, { signal, timeout }) {
      if (closing.signal.aborted) throw new HostTrouble('cancelled', `${host.name}: the transport is closed`)
      // A configuration that was broken may be mended before the next try.
      parts ??= prepare().catch((error: unknown) => {
        parts = undefined
        throw error
      })
      const { pool, config } = await parts
      const target = resolveTarget(host, settings, config)
      /** Runs until it has ended by itself, by its caller or by `close`, which waits for it. */
      const run = <T>(own: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
        const task = work(AbortSignal.any([own, closing.signal]))
        running.add(task)
        const done = () => running.delete(task)
        task.then(done, done)
        return task
      }
      await run(signal, both => pool.warm(target, { signal: both, timeout }))
      const remote: Pick<Remote, 'exec'> = {
        exec: (command, its) =>
          run(its.signal, both => exec({ pool, settings }, target, command, { ...its, signal: both })),
      }
      return remote as Remote
    },
    async close() {
      closing.abort(new HostTrouble('cancelled', 'the transport was closed'))
      // Each ends its remote command first, which takes the grace at most.
      await Promise.allSettled(running)
      await (await parts?.catch(() => undefined))?.pool.close()
    },
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
