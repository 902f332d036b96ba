import type { System } from '../../core/systems/system.ts'
import { fold, neutraliseLine } from '../../operations/output/format/index.ts'
import { addressOf, volumeText } from '../../operations/output/format/systems.ts'
import type { CommandContext } from '../context.ts'
import { askConsent, askTyped, canAsk } from '../session/consent.ts'
import type { Found } from './find.ts'
import type { Selection } from './selection.ts'

/**
 * Asks about systems that were chosen by a condition, so that nobody stops more than they meant. Where they were
 * named, or nobody is there to ask, it goes on.
 */
export async function agreeToChosen(
  context: CommandContext,
  what: string,
  { systems }: Found,
  { conditions }: Selection,
): Promise<boolean> {
  if (!conditions || !canAsk(context)) return true
  return askConsent(context, `${what} ${namesOf(systems)}`)
}

/** Asks before something is lost; refuses where nobody is there to ask. */
export function agreeToLoss(
  context: CommandContext,
  what: (names: string) => string,
  { systems }: Found,
): Promise<boolean> {
  return askConsent(context, what(namesOf(systems)))
}

/** Says what goes and what stays of each, and asks for its name to be typed, or for how many there are. */
export async function agreeToDestroy(context: CommandContext, { systems }: Found): Promise<boolean> {
  // A group's members that are no systems are refused by themselves; there is nothing to agree to.
  if (systems.length === 0) return true
  const question = `destroy ${namesOf(systems)}`
  if (canAsk(context)) context.stderr.write(`${systems.map(fateLine).join('\n')}\n`)
  const word = systems.length === 1 ? systems[0]!.hostname : String(systems.length)
  return askTyped(context, question, word)
}

function namesOf(systems: readonly System[]): string {
  const names = fold(systems.map(({ hostname }) => hostname))
  return systems.length > 1 ? `${systems.length} systems: ${names}` : names
}

/** `redis-1 (running on big-iron, 10.0.0.5): its disk and the volume tmp 5 GiB go; data 100 GiB kept`. */
function fateLine(system: System): string {
  const { hostname, state, node, provider, volumes } = system
  const about = [`${state} on ${node ?? provider}`, addressOf(system)].filter(Boolean).join(', ')
  const going = volumes.filter(({ keep }) => !keep).map(volumeText)
  const kept = volumes.filter(({ keep }) => keep)
  const goes =
    going.length > 0 ? `its disk and ${plural('volume', going)} ${going.join(', ')} go` : 'its disk goes'
  const stays =
    kept.length > 0
      ? `; ${plural('volume', kept)} ${kept.map(withoutKeep).join(', ')} ${kept.length > 1 ? 'are' : 'is'} kept`
      : ''
  return neutraliseLine(`  ${hostname} (${about}): ${goes}${stays}`)
}

function withoutKeep(volume: System['volumes'][number]): string {
  return volumeText({ ...volume, keep: false })
}

function plural(word: string, items: readonly unknown[]): string {
  return items.length > 1 ? `${word}s` : word
}
