import {
  clone,
  type RepairOptions,
  type ResizeTo,
  repair,
  resize,
  revert,
  snapshot,
} from '../../operations/systems/index.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given, wholeNumber } from '../parse.ts'
import { UsageError } from '../usage-error.ts'
import { actOnSystems } from './act.ts'
import { agreeToChosen, agreeToLoss } from './agree.ts'
import { gibibytesOf, mebibytesOf } from './create/sizes.ts'
import { jobOptions, readyOptions } from './job-flags.ts'

/** The first word is the name of the snapshot. */
export function snapshotSystems(context: CommandContext, args: Args): Promise<number> {
  const [name = '', ...words] = args.words
  return actOnSystems(context, args, words, {
    name: 'snapshot',
    operation: on => snapshot(on, name, jobOptions(args)),
  })
}

/** What happened since is lost, so that a person has to agree. */
export function revertSystems(context: CommandContext, args: Args): Promise<number> {
  const [name = '', ...words] = args.words
  return actOnSystems(context, args, words, {
    name: 'revert',
    operation: on => revert(on, name, readyOptions(args)),
    agree: found =>
      agreeToLoss(context, names => `take back to ${name}, losing what happened since, ${names}`, found),
  })
}

export function resizeSystems(context: CommandContext, args: Args): Promise<number> {
  const to: ResizeTo = {
    cpu: wholeNumber(args, 'cpu', 1, 1_024),
    ram: mebibytesOf(args, 'ram'),
    disk: gibibytesOf(args, 'disk'),
  }
  if (Object.values(to).every(size => size === undefined))
    throw new UsageError('reops resize needs a size: --cpu, --ram or --disk')
  return actOnSystems(context, args, args.words, {
    name: 'resize',
    operation: on => resize(on, to, jobOptions(args)),
    agree: (found, selection) => agreeToChosen(context, 'resize', found, selection),
  })
}

/** The last word is the name of the clone. */
export function cloneSystems(context: CommandContext, args: Args): Promise<number> {
  const name = args.words.at(-1) ?? ''
  const start = !given(args, 'no-start')
  return actOnSystems(context, args, args.words.slice(0, -1), {
    name: 'clone',
    operation: on => clone(on, name, { ...readyOptions(args), ...(start ? {} : { start, ready: false }) }),
    agree: (found, selection) => agreeToChosen(context, 'clone', found, selection),
  })
}

/** To forget what is missing needs consent as destroying does. */
export function repairSystems(context: CommandContext, args: Args): Promise<number> {
  const options: RepairOptions = { ...readyOptions(args), force: given(args, 'forget') }
  return actOnSystems(context, args, args.words, {
    name: 'repair',
    operation: on => repair(on, options),
    agree: async found =>
      !given(args, 'forget') ||
      agreeToLoss(context, names => `repair, and forget where nothing is left of it, ${names}`, found),
  })
}
