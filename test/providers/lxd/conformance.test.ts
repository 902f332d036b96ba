import { createHash } from 'node:crypto'
import { lxdNode } from '../../../src/core/systems/nodes.ts'
import { parseSpec } from '../../../src/core/systems/spec.ts'
import { openClient } from '../../../src/providers/lxd/api/client.ts'
import { listInstances } from '../../../src/providers/lxd/api/instances.ts'
import { listVolumes } from '../../../src/providers/lxd/api/volumes.ts'
import { openLxd } from '../../../src/providers/lxd/index.ts'
import { needsLxd, startLxd } from '../../lab/lxd/daemon.ts'
import { conformance } from '../conformance.ts'
import { login, newSystem } from './system.ts'

conformance('a server of containers', needsLxd(), async () => {
  const lxd = await startLxd()
  const client = openClient({ socket: lxd.socket })
  const provider = openLxd({ nuc: lxdNode.parse({ provider: 'lxd', url: lxd.socket }) }, { env: {} })
  const soon = () => ({ signal: AbortSignal.timeout(30_000) })
  return {
    provider,
    spec: parseSpec({ provider: 'lxd', node: 'nuc', os: 'tiny', ram: 64 }),
    login,
    newSystem: hostname =>
      newSystem(hostname, {
        id: `sys-${createHash('sha256').update(hostname).digest('hex').slice(0, 20)}`,
        cpu: 1,
        ram: 64,
        volumes: [{ size: 1, name: 'data', keep: false }],
      }),
    inventory: async () => {
      const instances = await listInstances(client, soon())
      const volumes = await listVolumes(client, 'default', soon())
      return [...instances, ...volumes].map(({ name }) => name).toSorted()
    },
    close: async () => {
      await provider.close()
      client.close()
      await lxd.stop()
    },
  }
})
