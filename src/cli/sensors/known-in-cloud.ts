import { clientOptions } from '../../core/aws.ts'
import type { Watch } from '../../core/watch.ts'
import type { CloudWatchStore, Revised } from '../../core/watches/cloud/record.ts'
import { openAws } from '../../run/aws/clients.ts'
import { type Deployed, deployedStack } from '../../run/aws/stack.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { knownTo } from '../../triggers/watch/cloud/readings.ts'
import { newRecord } from '../../triggers/watch/cloud/turn.ts'
import type { KnownOfWatch } from './known-here.ts'

/**
 * What a watch that AWS keeps remembers in the stack's table. Rejects with `NotDeployed` where there is no stack, and with
 * what `Aws.ask` and the table do.
 */
export async function knownInCloud(
  watch: Watch,
  { config }: LoadedConfig,
  limit: number,
  notice: (text: string) => void,
): Promise<KnownOfWatch> {
  const aws = openAws(config.aws)
  try {
    const stack = await deployedStack(aws)
    const { openDynamoWatches } = await import('../../state/dynamodb/watches/store.ts')
    const store = await openDynamoWatches({
      ...clientOptions(config.aws, 'dynamodb'),
      region: stack.region,
      table: stack.table ?? `${stack.stack}-state`,
      notice,
    })
    try {
      return await ask(watch, store, stack, limit)
    } finally {
      store.close()
    }
  } finally {
    aws.close()
  }
}

async function ask(
  watch: Watch,
  store: CloudWatchStore,
  stack: Deployed,
  limit: number,
): Promise<KnownOfWatch> {
  const [kept, acted, decisions] = await Promise.all([
    store.read(watch.name),
    store.decisions(watch.name, { acted: true, limit: 1 }),
    limit === 0 ? [] : store.decisions(watch.name, { limit }),
  ])
  // Its clock is the wall clock.
  const now = Date.now()
  const record = kept?.record ?? newRecord(now)
  const reading = knownTo(watch, record, now)
  return {
    state: kept?.record?.state,
    situation: { state: record.state, reading, now, wall: now, last: acted[0] },
    decisions,
    notes: notesOf(watch, kept, stack),
  }
}

function notesOf({ name, source }: Watch, kept: Revised | undefined, { stack, region, outputs }: Deployed) {
  const machine = `${stack}-watch-${name}`
  const isThere = Object.values(outputs).some(value => value.endsWith(`:stateMachine:${machine}`))
  const told =
    source.kind === 'poll'
      ? 'it begins when its flow is asked for the first time'
      : 'reops up tells AWS what its sensors say'
  return [
    ...(isThere
      ? []
      : [`It is not deployed: there is no state machine ${machine} in ${region}; reops deploy makes it.`]),
    ...(isThere && kept === undefined ? [`It has seen nothing yet in AWS; ${told}.`] : []),
    ...(kept?.unreadable === undefined
      ? []
      : [`What it remembered can't be read, and it begins anew with the next reading: ${kept.unreadable}.`]),
    ...(kept?.record?.trouble === undefined ? [] : [`Something is the matter: ${kept.record.trouble}.`]),
  ]
}
