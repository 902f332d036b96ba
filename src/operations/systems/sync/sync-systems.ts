import * as z from 'zod'
import type { Context } from '../../../core/context.ts'
import type { Hosts } from '../../../core/hosts.ts'
import { accounted } from '../../../core/operation/accounted.ts'
import { withDefinition } from '../../../core/operation/definition-of.ts'
import { inParallel } from '../../../core/operation/in-parallel.ts'
import { define, fromStep, type Operation, task } from '../../../core/operation/operation.ts'
import type { Outcome } from '../../../core/outcome.ts'
import { plainName, providerName } from '../../../core/systems/parts.ts'
import { jobOptions } from '../job/options.ts'
import { systemsOf } from '../job/wired.ts'
import { outcomeOfSystems } from '../outcome.ts'
import { verbPermissions } from '../permissions.ts'
import { type Listing, listPlace, placesOf } from './places.ts'
import { reconcile, type Synced } from './reconcile.ts'

const schema = z.strictObject({
  /** One node; all that are configured when left out. */
  node: plainName.optional(),
  provider: providerName.optional(),
  /** Lists machines that nobody of us made, in `left`. */
  strangers: z.boolean().default(false),
  /** How long one node may take to list its machines. */
  timeout: jobOptions.timeout,
})

/** What is brought up to date. */
export type SyncSystemsOptions = z.input<typeof schema>

const definition = define({
  name: 'syncSystems',
  site: 'onprem',
  effect: 'idempotent',
  schema,
  inCloud: {
    capability: 'ec2',
    permissions: verbPermissions.sync,
    timeoutSeconds: 900,
    begins: ({ provider }: z.output<typeof schema>) => provider === 'ec2',
  },
  describe: ({ node, provider }: z.output<typeof schema>) =>
    ['sync', provider, node].filter(Boolean).join(' '),
  handle,
})

/**
 * Makes the store say what providers have. Machines that carry our description and aren't in the store are added, the
 * others' states and addresses are brought up to date, and those that are gone are `missing`; so a store that was lost
 * is made again. What an operation is at work on, or left half done, is left alone. Answers every system with what was
 * done to it; a node that can't be listed is a failure, and its systems stay as they are.
 *
 * @example
 * await run(pipe(syncSystems(), pick(r => r.ok && r.value.synced !== 'unchanged'), pretty()))
 */
export function syncSystems(options: SyncSystemsOptions = {}): Operation<void, Outcome<Hosts, Synced>> {
  return fromStep(task(definition, options))
}

withDefinition(syncSystems, definition)

async function handle(
  _data: unknown,
  { strangers, timeout, ...where }: z.output<typeof schema>,
  context: Context,
): Promise<Outcome<Hosts, Synced>> {
  const systems = systemsOf(context)
  const places = placesOf(where, context)
  const limit = timeout === undefined ? context.hosts.timeout : timeout * 1_000
  context.progress({ kind: 'hosts', step: context.step, hosts: places.map(({ name }) => name) })
  const listings: Listing[] = []
  const results = await inParallel(places, context.hosts.concurrency, place =>
    accounted(place.name, context, { timeout: limit }, async allowed => {
      listings.push(await listPlace(place, allowed, context))
    }),
  )
  // In the order of the configuration, so that names that two claim go to the same one each time.
  listings.sort((one, other) => places.indexOf(one.place) - places.indexOf(other.place))
  const reconciled = await reconcile(listings, await systems.store(), context)
  return {
    ...outcomeOfSystems(reconciled.systems, systems),
    failure: [
      ...results.flatMap(result => ('failure' in result ? [result.failure] : [])),
      ...reconciled.failure,
    ],
    left: strangers ? reconciled.strangers : [],
  }
}
