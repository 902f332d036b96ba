import { pipe } from '../../../core/combinators/pipe.ts'
import type { Operation } from '../../../core/operation/operation.ts'
import type { Preset, SystemSpec } from '../../../core/systems/spec.ts'
import { provision } from '../../../operations/provision/index.ts'
import { create } from '../../../operations/systems/index.ts'
import type { LoadedConfig } from '../../../run/config.ts'
import { loadPresets } from '../../../run/flows.ts'
import { withoutColor } from '../../color.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { knownFlows } from '../../executions/flows.ts'
import { given } from '../../parse.ts'
import { configuration } from '../../session/configuration.ts'
import { askConsent, canAsk } from '../../session/consent.ts'
import { perform } from '../../session/perform.ts'
import { styleFor } from '../../session/printer.ts'
import { knowsSystems, withKnownSystems } from '../../state/systems.ts'
import { UsageError } from '../../usage-error.ts'
import { jobOptions, readyOptions } from '../job-flags.ts'
import { presetsOf, specOf } from './spec.ts'
import { toldLines } from './told.ts'

/** Makes systems on a node, after it has said which, and answers the exit status. */
export async function createSystems(context: CommandContext, args: Args, place: string): Promise<number> {
  const loaded = await configuration(context, args)
  const flows = await knownFlows(loaded)
  const presets = await presetsOf(context, args, place, { loaded, flows, presets: await loadPresets(loaded) })
  const spec = specOf(presets, loaded)
  refuseContradiction(args, spec)
  const own = given(args, 'no-color') || given(args, 'json') ? withoutColor(context) : context
  const lines = toldLines(spec, await takenNames(context, loaded), styleFor(own, own.stderr))
  if (!given(args, 'quiet')) context.stderr.write(`${lines.join('\n')}\n`)
  if (!given(args, 'yes') && canAsk(context) && !(await askConsent(context, 'make this'))) {
    context.stderr.write('nothing was made\n')
    return 1
  }
  const operation = pipelineOf(presets, args)
  return perform(context, args, { command: `create ${place}` }, async () => ({
    loaded,
    flows,
    begin: (runtime, signal) => runtime.submit(operation, undefined, { signal }),
  }))
}

function pipelineOf(presets: readonly Preset[], args: Args): Operation<void, unknown> {
  const start = !given(args, 'no-start')
  const made = create(...presets, { ...readyOptions(args), ...(start ? {} : { start, ready: false }) })
  const { wait } = jobOptions(args)
  return given(args, 'provision') ? pipe(made, provision(wait === undefined ? {} : { wait })) : made
}

function refuseContradiction(args: Args, { type }: SystemSpec): void {
  if (!given(args, 'provision')) return
  if (type === undefined)
    throw new UsageError('--provision goes through the plan of a type; name that by --type')
  if (given(args, 'no-start'))
    throw new UsageError('--provision needs a system that runs; leave --no-start out')
}

/** Looking leaves no database behind. */
async function takenNames(context: CommandContext, loaded: LoadedConfig): Promise<ReadonlySet<string>> {
  if (!knowsSystems(loaded)) return new Set()
  return withKnownSystems(
    context,
    loaded,
    async store => new Set((await store.list()).map(({ hostname }) => hostname)),
  )
}
