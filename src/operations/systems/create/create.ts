import * as z from 'zod'
import type { Context } from '../../../core/context.ts'
import type { Hosts } from '../../../core/hosts.ts'
import { withDefinition } from '../../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../../core/operation/operation.ts'
import type { Outcome } from '../../../core/outcome.ts'
import {
  composeSpec,
  InvalidSystem,
  type SpecWord,
  type SystemSpec,
  systemSpecSchema,
} from '../../../core/systems/spec.ts'
import type { NewSystem } from '../../../core/systems/system.ts'
import { verbInCloud } from '../in-cloud.ts'
import { type JobOptions, jobOptions, type ReadyOptions, readyOptions } from '../job/options.ts'
import type { Worked } from '../job/system-operation.ts'
import { systemsOf } from '../job/wired.ts'
import { idFor } from './ids.ts'
import { firstLogin } from './make.ts'
import { makeAll, outcomeOfNew, type Wanted } from './make-all.ts'
import { hostnames } from './names.ts'

/** How systems are created. */
export interface CreateOptions extends JobOptions, ReadyOptions {
  /** `false` leaves them stopped. */
  readonly start?: boolean | undefined
}

const options = z.strictObject({ ...jobOptions, ...readyOptions, start: z.boolean().default(true) })

const schema = z.strictObject({ spec: systemSpecSchema, options: options.prefault({}) })

const definition = define(
  {
    name: 'create',
    site: 'onprem',
    effect: 'idempotent',
    schema,
    describe: ({ spec }: z.output<typeof schema>) => `create ${said(spec)}`,
    inCloud: verbInCloud('create', ({ spec }: z.output<typeof schema>) => spec.provider === 'ec2'),
    handle,
  },
  true,
)

/**
 * Creates systems of presets, the name of a type and a count, and waits until each answers SSH: `medium`, `volume(100)`,
 * `named('redis')`, `3` … compose left to right. Answers them as hosts, each with its system as the value.
 *
 * A step that is repeated, after a crash or by a redrive, makes nothing twice. A system that can't be made is that
 * system's failure: what its provider took back is gone from the store, anything else is left `broken` for
 * `reops repair`. Throws `InvalidSystem`, when it is written, for presets that contradict each other, and before
 * anything is touched for what the provider can't make.
 *
 * @example
 * await run(pipe(create(kvm('big-iron'), medium, volume(100), 'redis', 3), exec('uptime'), pretty()))
 * await run(create(lxd('closet'), small, named('gate'), { start: false }))
 */
export function create(
  ...words: readonly [...SpecWord[], SpecWord | CreateOptions]
): Operation<void, Outcome<Hosts, Worked>> {
  const last = words.at(-1)
  const options = isOptions(last) ? last : {}
  const spec = composeSpec((isOptions(last) ? words.slice(0, -1) : words) as readonly SpecWord[])
  return fromStep(task(definition, { spec, options }))
}

withDefinition(create, definition)

function isOptions(word: SpecWord | CreateOptions | undefined): word is CreateOptions {
  return typeof word === 'object' && word !== null && !('preset' in word)
}

async function handle(
  data: unknown,
  { spec: asked, options }: z.output<typeof schema>,
  context: Context,
): Promise<Outcome<Hosts, Worked>> {
  const systems = systemsOf(context)
  const spec = withDefaults(asked, systems.defaultsOf(asked.provider, asked.node))
  const provider = await systems.provider(spec.provider)
  const problems = provider.check(spec)
  if (problems.length > 0)
    throw new InvalidSystem(`${said(spec)} can't be made, and nothing was touched: ${problems.join('; ')}`)
  if (!provider.abilities.has('create'))
    throw new InvalidSystem(`${said(spec)} can't be made: ${spec.provider} makes no systems`)
  const keys = await systems.publicKeys(spec.key, spec.provider)
  const ids = Array.from({ length: spec.count ?? 1 }, (_, index) => idFor(context, data, asked, index))
  const wanted = ids.map(
    (id): Wanted => ({
      system: newSystem(id, spec),
      provider,
      build:
        ({ system }) =>
        (provider, job) =>
          provider.create(system, firstLogin(system, keys), job),
    }),
  )
  return outcomeOfNew(
    await makeAll({ by: 'create', names: hostnames(spec), wanted, options }, context),
    context,
  )
}

/** What the spec leaves open, the configuration of its node says. */
function withDefaults(spec: SystemSpec, defaults: Partial<SystemSpec>): SystemSpec {
  const open = Object.entries(defaults).filter(([key]) => spec[key as keyof SystemSpec] === undefined)
  return { ...spec, ...Object.fromEntries(open) }
}

function newSystem(id: string, spec: SystemSpec): Omit<NewSystem, 'hostname'> {
  const { name, count, description = '', user = 'root', ...rest } = spec
  return { ...rest, id, description, user, state: 'creating' }
}

/** `3 of redis on big-iron, 2 cpu, 2048 MiB`. */
function said({ count = 1, type, name, provider, node, cpu, ram }: SystemSpec): string {
  const what = name ?? type ?? 'system'
  return [
    `${count > 1 ? `${count} of ` : ''}${what} on ${node ?? provider}`,
    ...(cpu === undefined ? [] : [`${cpu} cpu`]),
    ...(ram === undefined ? [] : [`${ram} MiB`]),
  ].join(', ')
}
