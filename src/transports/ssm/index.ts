import { HostTrouble, type Remote, type Transport } from '../../core/ports.ts'
import { noTimeout, startDeadline } from '../ssh/deadline.ts'
import { createTasks } from '../ssh/tasks.ts'
import { bucketOf } from './bucket.ts'
import { type Clients, openClients } from './clients.ts'
import { type ExecParts, exec } from './exec.ts'
import { download, upload } from './files.ts'
import { type Instance, instanceOf } from './instance.ts'
import { readOptions, type SsmOptions, type SsmSettings } from './options.ts'
import { createPresence, type Presence } from './presence.ts'
import { createWatch } from './watch.ts'

export type { SsmOptions } from './options.ts'

/**
 * Reaches EC2's instances, and others that Systems Manager manages, by Run Command: no port is open there, and no key is
 * needed. A host's address, or its name, is the instance's id. Nothing is loaded or connected before the first `open`.
 * Throws `InvalidConfig` for options that don't fit.
 *
 * @example
 * const ssm = createSsmTransport({ region: 'eu-central-1', output: { bucket: 're-ops-data' } })
 * const remote = await ssm.open({ name: 'i-0123456789abcdef0' }, { signal: AbortSignal.timeout(10_000) })
 * await remote.exec(['uptime'], { signal: AbortSignal.timeout(60_000) })
 * await ssm.close()
 */
export function createSsmTransport(options: SsmOptions = {}): Transport {
  const settings = readOptions(options)
  const tasks = createTasks()
  let opened: Promise<Parts> | undefined

  return {
    async open(host, { signal, timeout = noTimeout, wait = 0 }) {
      tasks.mustBeOpen(host.name)
      const instance = instanceOf(host)
      opened ??= prepare(settings)
      const parts = await opened
      await tasks.run(host.name, signal, async both => {
        const deadline = startDeadline(timeout, both)
        try {
          await parts.presence.require(instance, wait, deadline.signal)
        } catch (error) {
          if (!deadline.expired()) throw error
          throw new HostTrouble(
            'timeout',
            `${instance.where}: AWS did not say within ${timeout} ms whether it is there`,
          )
        } finally {
          deadline.clear()
        }
      })
      return remoteOf(parts, instance, tasks.run)
    },
    async close() {
      // Commands are cancelled on their instances first.
      await tasks.close()
      await (await opened?.catch(() => undefined))?.clients.close()
    },
  }
}

interface Parts extends ExecParts {
  readonly clients: Clients
  readonly presence: Presence
}

async function prepare(settings: SsmSettings): Promise<Parts> {
  const clients = await openClients(settings)
  const [watch, presence] = [createWatch(clients, settings), createPresence(clients, settings)]
  return { clients, settings, watch, presence, bucket: bucketOf(clients, settings) }
}

function remoteOf(parts: Parts, instance: Instance, run: ReturnType<typeof createTasks>['run']): Remote {
  const under = <T>(options: { signal: AbortSignal }, work: (signal: AbortSignal) => Promise<T>) =>
    run(instance.host, options.signal, work)
  return {
    exec: (command, options) =>
      under(options, signal => exec(parts, instance, command, { ...options, signal })),
    upload: (local, remote, options) =>
      under(options, signal => upload(parts, instance, local, remote, { ...options, signal })),
    download: (remote, local, options) =>
      under(options, signal => download(parts, instance, remote, local, { ...options, signal })),
    sync: () =>
      Promise.reject(
        new HostTrouble(
          'refused',
          `${instance.where}: Run Command can not sync folders: upload an archive, or reach the host by SSH`,
        ),
      ),
  }
}
