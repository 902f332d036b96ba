/** Many agents in one process: `agents.ts <options.json>`. They do what agents do, but for what a call would do. */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { Context } from 'zeromq'
import { startAgent } from '../../../../onprem-bridge/agent/agent.ts'
import { dial } from '../../../../src/transports/zeromq/dial.ts'
import type { KeyPair } from '../../../../src/transports/zeromq/keys.ts'

export interface AgentsVictim {
  readonly url: string
  readonly bridgeKey: string
  readonly agents: readonly { readonly host: string; readonly keys: KeyPair }[]
  readonly folder: string
}

const { url, bridgeKey, agents, folder } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as AgentsVictim
// Each has a socket, and another one that tells of it.
const context = new Context({ maxSockets: 3 * agents.length + 100 })
const counts = { registered: 0, lost: 0, refused: 0, over: 0 }

for (const { host, keys } of agents) {
  const agent = startAgent({
    dial: listener =>
      dial({ url, serverKey: bridgeKey, farKey: bridgeKey, keys, purpose: 'agents', context }, listener),
    host,
    folder,
    version: '1.0.0',
    facts: async () => ({
      hostname: host,
      os: { name: 'Debian', version: '13', kernel: '6.12' },
      arch: 'x86_64',
      cpu: { model: null, count: 2 },
      memory: { totalBytes: null, availableBytes: null },
      disks: null,
      addresses: ['10.0.0.7'],
      uptimeSeconds: 5,
      virtualization: null,
    }),
    onEvent(event) {
      if (event.kind === 'registered') counts.registered++
      if (event.kind === 'refused') counts.refused++
      if (event.kind === 'session' && event.state.at === 'connecting') counts.lost++
    },
  })
  void agent.over.then(() => counts.over++)
}
process.on('message', () => process.send!({ ...counts, memory: process.memoryUsage().rss }))
process.on('disconnect', () => process.exit())
process.send!('ready')
