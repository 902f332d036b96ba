import type { LxdNode } from '../../core/systems/nodes.ts'
import { abilities, type Job, type Provider } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { openConsole } from './api/console.ts'
import { listInstances, readState } from './api/instances.ts'
import { check } from './check.ts'
import { clone } from './clone.ts'
import { create } from './create.ts'
import { destroy } from './destroy.ts'
import { findInstance, mustFind } from './find.ts'
import { start, stop } from './lifecycle.ts'
import { type Desk, keepServer, type Server } from './node.ts'
import { foundOf, statusOf } from './placed.ts'
import { resize } from './resize.ts'
import { revert, snapshot, snapshots } from './snapshots.ts'
import { watchServer } from './watch.ts'

/** What the provider is given of the world: the variables by which LXD's users name a socket. */
export interface LxdPorts {
  readonly env: NodeJS.ProcessEnv
}

/**
 * Containers of LXD and Incus on the nodes of the configuration. Nothing is read or connected before it is used; what a
 * server doesn't do rejects with `SystemTrouble`, and a node whose configuration is wrong with `InvalidConfig`.
 *
 * @example
 * const provider = openLxd({ nuc: lxdNode.parse({ provider: 'lxd' }) }, { env: process.env })
 * await provider.list('nuc', job)
 * await provider.close()
 */
export function openLxd(nodes: Readonly<Record<string, LxdNode>>, { env }: LxdPorts): Provider {
  const servers = new Map(Object.entries(nodes).map(([name, node]) => [name, keepServer(name, node, env)]))
  const at = async <T>({ node }: { node?: string | undefined }, job: Job, work: (desk: Desk) => Promise<T>) =>
    serverOf(servers, node).work(job, work)
  const provider: Provider = {
    name: 'lxd',
    abilities: new Set(abilities),
    check: spec => check(nodes, spec),
    create: (system, login, job) => at(system, job, desk => create(desk, system, login)),
    start: (system, job) => at(system, job, desk => start(desk, system)),
    stop: (system, options, job) => at(system, job, desk => stop(desk, system, options)),
    restart: (system, options, job) =>
      at(system, job, async desk => {
        await stop(desk, system, options)
        await start(desk, system)
      }),
    destroy: (system, options, job) => at(system, job, desk => destroy(desk, system, options)),
    status: (system, job) => at(system, job, desk => readStatus(desk, system)),
    async list(node, job) {
      const asked = node === undefined ? [...servers.values()] : [serverOf(servers, node)]
      const found = await Promise.all(
        asked.map(server =>
          server.work(job, async ({ client, options }) =>
            (await listInstances(client, { ...options(), state: true })).map(one =>
              foundOf(server.name, one),
            ),
          ),
        ),
      )
      return found.flat()
    },
    clone: (system, copy, login, job) => at(system, job, desk => clone(desk, system, copy, login)),
    snapshot: (system, name, job) => at(system, job, desk => snapshot(desk, system, name)),
    revert: (system, name, job) => at(system, job, desk => revert(desk, system, name)),
    snapshots: (system, job) => at(system, job, desk => snapshots(desk, system)),
    resize: (system, to, job) => at(system, job, desk => resize(desk, system, to)),
    console: (system, job) =>
      at(system, job, async desk =>
        openConsole(desk.client, (await mustFind(desk, system)).name, { signal: job.signal }),
      ),
    async watch(heard, signal) {
      await Promise.all([...servers.values()].map(server => watchServer(server, heard, signal)))
    },
    async close() {
      await Promise.all([...servers.values()].map(server => server.close()))
    },
  }
  return provider
}

async function readStatus(desk: Desk, system: System) {
  const found = await findInstance(desk, system)
  if (!found) return { state: 'missing', detail: `${desk.node} has no instance of it` } as const
  return statusOf(await readState(desk.client, found.name, desk.options()))
}

/** Throws `SystemTrouble`: that its node is not configured any more is one system's trouble and no other's. */
function serverOf(servers: ReadonlyMap<string, Server>, node: string | undefined): Server {
  const [only] = servers.size === 1 ? servers.values() : []
  const found = node === undefined ? only : servers.get(node)
  if (found) return found
  const known = [...servers.keys()].join(', ') || 'none'
  throw new SystemTrouble(
    'refused',
    node === undefined
      ? `a system of lxd names no node, and the configuration has ${known} (hypervisors)`
      : `the configuration has no lxd node ${node}; it has ${known} (hypervisors)`,
  )
}
