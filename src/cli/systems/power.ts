import { restart, type StopOptions, start, stop } from '../../operations/systems/index.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { openExecutions } from '../../run/open-executions.ts'
import { hasState } from '../../run/shared-database.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { actOnSystems } from './act.ts'
import { agreeToChosen } from './agree.ts'
import { jobOptions, readyOptions, spanOf } from './job-flags.ts'

export function startSystems(context: CommandContext, args: Args): Promise<number> {
  return actOnSystems(context, args, args.words, {
    name: 'start',
    operation: on => start(on, readyOptions(args)),
  })
}

/** A person may still mean an execution. */
export function stopSystems(context: CommandContext, args: Args): Promise<number> {
  return actOnSystems(context, args, args.words, {
    name: 'stop',
    operation: on => stop(on, { ...jobOptions(args), ...stopOptions(args) }),
    agree: (found, selection) => agreeToChosen(context, 'stop', found, selection),
    otherwise: executionOf,
  })
}

export function restartSystems(context: CommandContext, args: Args): Promise<number> {
  return actOnSystems(context, args, args.words, {
    name: 'restart',
    operation: on => restart(on, { ...readyOptions(args), ...stopOptions(args) }),
    agree: (found, selection) => agreeToChosen(context, 'restart', found, selection),
  })
}

function stopOptions(args: Args): Pick<StopOptions, 'grace' | 'force'> {
  const grace = spanOf(args, 'grace')
  return { ...(grace === undefined ? {} : { grace }), force: given(args, 'force') }
}

async function executionOf(word: string, loaded: LoadedConfig): Promise<string | undefined> {
  if (!hasState(loaded)) return undefined
  const store = await openExecutions(loaded)
  try {
    const execution = store.get(word) ?? store.find(word)
    if (execution === undefined && word !== 'latest') return undefined
    return `${word} is no system, it is an execution; reops cancel ${word} cancels it`
  } finally {
    await store.close()
  }
}
