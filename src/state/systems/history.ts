import type { Json } from '../../core/json.ts'
import type { Author, ChangeEntry } from '../../core/systems/store.ts'
import { handedOn, type System } from '../../core/systems/system.ts'
import { canonicalJson, sameJson } from '../same-json.ts'

type Fields = Readonly<Record<string, Json>>

/** The entry for a change from one record to the next; either is absent where there was or is none. */
export function entryOf(before: System | undefined, after: System | undefined, author: Author): ChangeEntry {
  const { id, revision } = (after ?? before)!
  const kind = before === undefined ? 'created' : after === undefined ? 'removed' : 'changed'
  return { system: id, revision, at: author.at, by: author.by, kind, ...differences(before, after) }
}

/**
 * The fields that differ, as they were and as they are. What an entry says itself is left out, and so is user data: a
 * history outlives its system, and secrets should not.
 */
export function differences(
  before: System | undefined,
  after: System | undefined,
): { readonly before: Fields; readonly after: Fields } {
  const was = fieldsOf(before && handedOn(before))
  const is = fieldsOf(after && handedOn(after))
  return { before: without(is, was), after: without(was, is) }
}

/** The fields that aren't the same in the other. */
function without(other: Fields, fields: Fields): Fields {
  const differing = Object.entries(fields).filter(([name, value]) => {
    const there = other[name]
    return there === undefined || !sameJson(value, there)
  })
  return Object.fromEntries(differing)
}

/** Whether two records of a system say the same of it, whatever their revisions are. */
export function sameSystem(one: System, other: System): boolean {
  return sameJson(fieldsOf(one), fieldsOf(other))
}

function fieldsOf(system: Omit<System, 'userData'> | undefined): Fields {
  if (system === undefined) return {}
  const { id, revision, createdAt, updatedAt, ...fields } = system
  return fields as unknown as Fields
}

/** Two histories of one system as one, by their times: what both tell stands in it once, each in its own order. */
export function mergeHistories(
  one: readonly ChangeEntry[],
  other: readonly ChangeEntry[],
): readonly ChangeEntry[] {
  const known = new Set(one.map(textOf))
  const fresh = other.filter(entry => !known.has(textOf(entry)))
  const merged: ChangeEntry[] = []
  let taken = 0
  for (const entry of one) {
    while (taken < fresh.length && fresh[taken]!.at < entry.at) merged.push(fresh[taken++]!)
    merged.push(entry)
  }
  return [...merged, ...fresh.slice(taken)]
}

function textOf(entry: ChangeEntry): string {
  return canonicalJson(entry as unknown as Json)
}
