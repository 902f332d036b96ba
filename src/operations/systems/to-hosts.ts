import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import type { Host, Hosts } from '../../core/hosts.ts'
import { accounted, hostsBefore, outcomeOf } from '../../core/operation/accounted.ts'
import { withDefinition } from '../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../core/operation/operation.ts'
import type { OnHosts, Outcome } from '../../core/outcome.ts'
import { fullName } from '../../core/systems/full-name.ts'
import { handedOn, type System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { knownSystems } from './job/known.ts'
import { systemsOf } from './job/wired.ts'

const options = z.strictObject({
  user: z.string().min(1).optional(),
  key: z.string().min(1).optional(),
  port: z.int().min(1).max(65_535).optional(),
})

/** Who logs in, where that is not what each system says itself. */
export type WayOptions = z.input<typeof options>

const schema = z.strictObject({ by: z.enum(['ip', 'name']), options: options.prefault({}) })

/** By what systems are reached. Made by `byIp()` and `byName()`. */
export type Way = z.input<typeof schema>

/** By their addresses, as their providers say them. */
export const byIp = (options: WayOptions = {}): Way => ({ by: 'ip', options })

/** By their full names, such as `redis-1.closet.lan`, as your resolver knows them. */
export const byName = (options: WayOptions = {}): Way => ({ by: 'name', options })

const definition = define(
  {
    name: 'toHosts',
    site: 'onprem',
    effect: 'read',
    schema,
    describe: ({ by }: z.output<typeof schema>) => `to hosts by ${by}`,
    handle,
  },
  true,
)

/**
 * Says how systems are reached by the steps that follow: by IP or by full name, each by its own user and key, or by
 * those that are said here. A selection is reached by IP without it. One whose address is not known fails.
 *
 * @example
 * await run(pipe(systems(typed('redis')), toHosts(byName({ user: 'ops', key: 'closet' })), exec('uptime'), pretty()))
 */
export function toHosts(way: Way): Operation<OnHosts, Outcome<Hosts, System>> {
  return fromStep(task(definition, way))
}

withDefinition(toHosts, definition)

async function handle(
  data: unknown,
  way: z.output<typeof schema>,
  context: Context,
): Promise<Outcome<Hosts, System>> {
  const before = hostsBefore(data, context.step)
  const known = await knownSystems(before.on, context)
  const hosts = new Map<string, Host>()
  const results = await Promise.all(
    known.map(one =>
      accounted(one.host.name, context, { timeout: context.hosts.timeout }, async () => {
        if ('trouble' in one) throw one.trouble
        hosts.set(one.host.name, reachedBy(way, one.system, systemsOf(context).hostOf(one.system), one.host))
        return handedOn(one.system)
      }),
    ),
  )
  const outcome = outcomeOf(before, results)
  return { ...outcome, on: { ...outcome.on, hosts: outcome.on.hosts.map(({ name }) => hosts.get(name)!) } }
}

/** The name stays that of the pipeline so far, by which earlier results are kept. */
function reachedBy(
  { by, options }: z.output<typeof schema>,
  system: System,
  own: Host,
  { name }: Host,
): Host {
  const address = by === 'name' ? fullName(system) : own.address
  if (address === undefined)
    throw new SystemTrouble(
      'refused',
      `no address of ${name} is known (it is ${system.state}); start it, look again with reops sync, or use byName()`,
    )
  const said = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...own, ...Object.fromEntries(said), name, address }
}
