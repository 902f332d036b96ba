/** Many agents in one process, each with its session, its key and its calls: `crowd.ts <options.json>`. */
import { readFileSync } from 'node:fs'
import { Context } from 'zeromq'
import { startAgent } from '../../../onprem-bridge/agent/agent.ts'
import { localFacts } from '../../../onprem-bridge/agent/facts.ts'
import { dial } from '../../../src/transports/zeromq/dial.ts'
import type { CrowdOptions } from './closet.ts'

const {
  bridge: url,
  bridgeKey,
  folder,
  agents,
} = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as CrowdOptions

/** Each socket has others that watch it. */
const context = new Context({ maxSockets: 8 * agents.length + 64 })
const facts = await localFacts()
let registered = 0

process.stdout.write('dialling\n')
const started = agents.map(({ host, keys }) => {
  let known = false
  return startAgent({
    dial: listener =>
      dial({ url, serverKey: bridgeKey, farKey: bridgeKey, keys, purpose: 'agents', context }, listener),
    host,
    folder,
    version: '0.1.0',
    facts: async () => ({ ...facts, hostname: host }),
    onEvent({ kind }) {
      if (kind !== 'registered' || known) return
      known = true
      if (++registered === agents.length) process.stdout.write('all registered\n')
    },
  })
})
process.once('SIGTERM', async () => {
  await Promise.all(started.map(agent => agent.stop(0)))
  process.exit()
})
