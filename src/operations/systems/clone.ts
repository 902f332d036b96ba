import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import type { Hosts } from '../../core/hosts.ts'
import { hostsBefore, remember } from '../../core/operation/accounted.ts'
import type { Failure, Left, Outcome } from '../../core/outcome.ts'
import { hostname, type Network } from '../../core/systems/parts.ts'
import type { NewSystem, System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { idFor } from './create/ids.ts'
import { firstLogin } from './create/make.ts'
import { makeAll, outcomeOfNew, type Unwanted, type Wanted } from './create/make-all.ts'
import { hostnames } from './create/names.ts'
import { providerOf } from './job/each-system.ts'
import { type Known, knownSystems } from './job/known.ts'
import { type JobOptions, jobOptions, type ReadyOptions, readyOptions } from './job/options.ts'
import { onSystems, type Worked } from './job/system-operation.ts'
import { toTrouble } from './job/trouble.ts'
import { systemsOf } from './job/wired.ts'
import { withSystem } from './job/with-system.ts'

/** How systems are cloned. */
export interface CloneOptions extends JobOptions, ReadyOptions {
  /** `false` leaves the clones stopped. */
  readonly start?: boolean | undefined
}

const schema = z.strictObject({
  name: hostname,
  options: z.strictObject({ ...jobOptions, ...readyOptions, start: z.boolean().default(true) }).prefault({}),
})

/**
 * Makes a clone of each system, with its disks as they are: of one system under this name, of several under the name
 * with `-1`, `-2` and so on. The pipeline goes on with the clones, and the systems that they were made of are listed
 * in `left`. Neither is touched by anybody else meanwhile.
 *
 * @example
 * await run(pipe(systems(named('redis-1')), clone('redis-test'), exec('redis-cli flushall'), pretty()))
 */
export const clone = onSystems(
  {
    name: 'clone',
    effect: 'idempotent',
    schema,
    args: (name: string, options: CloneOptions = {}) => ({ name, options }),
    describe: ({ name }) => `clone as ${name}`,
  },
  handle,
)

async function handle(
  data: unknown,
  { name, options }: z.output<typeof schema>,
  context: Context,
): Promise<Outcome<Hosts, Worked>> {
  const { step } = context
  const { on, failure, left } = hostsBefore(data, step)
  const known = await knownSystems(on, context)
  const wanted = await Promise.all(known.map(one => wantedOf(one, name, options.wait * 1_000, context)))
  const names = hostnames({ name, count: wanted.length })
  const results = await makeAll({ by: 'clone', names, wanted, options }, context)
  const failed: Failure[] = []
  const cloned: Left[] = []
  for (const [index, result] of results.entries()) {
    const host = known[index]!.host.name
    if ('failure' in result) failed.push(remember({ ...result.failure, host }, on))
    else cloned.push({ host, step, reason: `its clone ${result.success.host} goes on` })
  }
  const { successful, on: clones } = outcomeOfNew(results, context)
  return { on: clones, successful, failure: [...failure, ...failed], left: [...left, ...cloned] }
}

async function wantedOf(
  known: Known,
  name: string,
  waitMs: number,
  context: Context,
): Promise<Wanted | Unwanted> {
  const host = known.host.name
  if ('trouble' in known) return { host, trouble: known.trouble }
  const { system } = known
  const systems = systemsOf(context)
  try {
    const provider = await providerOf(system, context)
    const keys = await systems.publicKeys(system.key, system.provider)
    return {
      system: copyOf(system, idFor(context, system.id, name, 0)),
      provider,
      build:
        ({ system: copy }, until) =>
        (_provider, job) =>
          // Nobody else changes the disks while they are copied.
          withSystem({ host, system, provider, by: 'clone', waitMs, until }, context, source =>
            source.ask((provider, { signal }) =>
              provider.clone(source.system, copy, firstLogin(copy, keys), {
                ...job,
                signal: AbortSignal.any([job.signal, signal]),
              }),
            ),
          ),
    }
  } catch (error) {
    const trouble = toTrouble(error, context.signal)
    if (trouble instanceof SystemTrouble) return { host, trouble }
    throw error
  }
}

/** What two machines must not share is left out: the network card's address and the ports that lead to it. */
function copyOf(system: System, id: string): Omit<NewSystem, 'hostname'> {
  const { hostname, ref, address, port, stage, problem, revision, createdAt, updatedAt, network, ...rest } =
    system
  return { ...rest, id, state: 'creating', ...(network ? { network: withoutMac(network) } : {}) }
}

function withoutMac({ mac, ...network }: Network): Network {
  return network.kind === 'user' ? { ...network, forward: [] } : network
}
