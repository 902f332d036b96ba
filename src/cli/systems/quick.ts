import { existsSync } from 'node:fs'
import path from 'node:path'
import { matches } from '../../core/systems/criterion.ts'
import { fullName } from '../../core/systems/full-name.ts'
import type { System } from '../../core/systems/system.ts'
import { neutralise } from '../../operations/output/format/neutralise.ts'
import { isSystem } from '../../operations/output/format/systems.ts'
import { openDatabase } from '../../state/sqlite/database.ts'
import { keptSystems } from '../../state/sqlite/systems/kept.ts'
import { goodLeases } from '../../state/sqlite/systems/leases.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { recall } from '../flows/remembered.ts'
import { chosenBridge } from '../session/chosen-bridge.ts'
import { usualState } from '../session/config-place.ts'
import { type Held, withHolders } from './held.ts'
import type { Selection } from './selection.ts'

/**
 * Finds systems without loading the configuration and the schemas, which take longer than a thousand systems. Answers
 * nothing wherever anything is not as usual: then the long way finds them, or says what is wrong.
 */
export function quickSystems(
  context: CommandContext,
  args: Args,
  selection: Selection,
): readonly Held[] | undefined {
  if (chosenBridge(context, args).url !== undefined) return undefined
  const { state, place, configured } = usualState(context, args)
  if (configured && recall<true>(state, place, 'state') !== true) return undefined
  const file = path.join(state, 'reops.db')
  if (!existsSync(file)) return undefined
  try {
    return chosen(read(file, context, selection), selection)
  } catch {
    // Damage, another program's database, or one that is busy: the long way meets it again, and says so.
    return undefined
  }
}

function read(
  file: string,
  { stderr }: CommandContext,
  { names, criterion }: Selection,
): readonly Held[] | undefined {
  const database = openDatabase(file, {
    check: false,
    onSetAside: ({ message }) => stderr.write(`reops: ${neutralise(message)}\n`),
  })
  try {
    const wanted = names.length === 0 ? criterion : ({ where: 'all' } as const)
    const systems = database
      .read(() => keptSystems(database, wanted))
      .map(text => JSON.parse(text) as unknown)
    return systems.every(isWhole) ? withHolders(systems, goodLeases(database, Date.now())) : undefined
  } finally {
    database.close()
  }
}

/** Nothing for a name that is no system: it may be a group of the configuration, or a mistake. */
function chosen(systems: readonly Held[] | undefined, { names, criterion }: Selection) {
  if (systems === undefined || names.length === 0) return systems?.filter(one => matches(one, criterion))
  const known = new Map(
    systems.flatMap(one => [one.id, one.hostname, fullName(one)].map(name => [name, one])),
  )
  const named = names.map(name => known.get(name))
  if (named.some(one => one === undefined)) return undefined
  return [...new Set(named)].filter(one => one !== undefined).filter(one => matches(one, criterion))
}

/** What a table and a condition look at. */
function isWhole(value: unknown): value is System {
  if (!isSystem(value)) return false
  const { tags, volumes, description } = value as Partial<Record<keyof System, unknown>>
  return Array.isArray(tags) && Array.isArray(volumes) && typeof description === 'string'
}
