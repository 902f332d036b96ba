import { AwsBusy } from '../../../core/aws-errors/errors.ts'
import type { Clock } from '../../../core/ports.ts'
import type { Action } from '../action.ts'
import { leaseOf } from '../actions.ts'
import type { Item } from '../item.ts'
import { hostnames, importKey, imports, type Key, keyText, leaseKey, leases, staged } from '../keys.ts'
import { newStamp, type Table } from '../table.ts'
import { fromStaged, type Step } from './stage.ts'

export interface ImportParts {
  readonly table: Table
  readonly clock: Clock
  readonly pause: (tried: number) => Promise<void>
}

/** Times that a transaction of an import is tried. */
const tries = 20

/** Looks whether imports were broken off, and puts right what they left. One that is under way is left alone. */
export async function resolveImports(parts: ImportParts): Promise<void> {
  const found = await parts.table.query({ pk: imports })
  for (const head of found) await resolve(parts, head)
}

/**
 * Puts right what an import left under a key: goes on with it where it is decided, and gives it up where it was broken
 * off before. Several may do so at once. One that is under way is left alone.
 */
export async function resolveImport(
  parts: ImportParts,
  left: { readonly import: string; readonly key: Key },
): Promise<void> {
  const { table, clock } = parts
  const head = importKey(left.import)
  const found = (await table.get([head])).get(keyText(head))
  if (found !== undefined) return resolve(parts, found)
  // Somebody gave it up while whoever made it went on taking systems: it can't be decided any more.
  const item = (await table.get([left.key])).get(keyText(left.key))
  if (item?.import === left.import) await table.write([free(item, left.import, clock.now())], newStamp())
}

async function resolve(parts: ImportParts, head: Item): Promise<void> {
  const { table, clock } = parts
  const id = head.sk
  const key = importKey(id)
  let { state } = head
  if (state === 'announced') {
    if (Number(head.until) > clock.now()) return
    const when = { field: 'state', values: ['announced'] }
    const over: Action = { do: 'put', key, item: { ...key, state: 'given up' }, when }
    // Otherwise somebody decided or gave up just now; whoever finds it next sees which.
    if ((await table.write([over], newStamp())) === 'conflict') return
    state = 'given up'
  }
  const waiting = await table.query({ pk: staged(id) })
  const steps = waiting.map(fromStaged)
  if (state === 'decided') await apply(parts, id, steps)
  else await freeAll(parts, id, steps)
  await table.bulk([], [...waiting.map(({ pk, sk }) => ({ pk, sk })), key])
}

/** Several may do this at once, and one that was slow does nothing to a system that is free again. */
async function apply(parts: ImportParts, id: string, steps: readonly Step[]): Promise<void> {
  const { table, clock, pause } = parts
  for (const group of Map.groupBy(steps, step => step.group).values()) {
    const systems = [...new Set(group.map(({ system }) => system))]
    for (let tried = 1; ; tried++) {
      const held = await table.get(systems.map(leaseKey))
      // A transaction frees all that it is the last one of: where one is free, it was done.
      if (!systems.every(system => held.get(keyText(leaseKey(system)))?.import === id)) break
      if ((await table.write(transactionOf(group, held, id, clock.now()), newStamp())) === 'done') break
      if (tried === tries)
        throw new AwsBusy(
          'an import into the table of systems is decided, and others were at it up to the last try: whoever opens the table next goes on with it',
        )
      await pause(tried)
    }
  }
}

function transactionOf(
  group: readonly Step[],
  held: ReadonlyMap<string, Item>,
  id: string,
  now: number,
): Action[] {
  const when = { field: 'import', values: [id] }
  const over = new Set(group.filter(({ last }) => last).map(({ system }) => system))
  const proofs = [...new Set(group.map(({ system }) => system))].map((system): Action => {
    const key = leaseKey(system)
    if (!over.has(system)) return { do: 'check', key, when }
    return { do: 'put', key, item: { ...leaseOf(undefined, held.get(keyText(key)), now), ...key }, when }
  })
  // Nothing is asked of these: whoever holds a system holds everything of it.
  const writes = group.map(
    ({ key, item }): Action =>
      item === undefined ? { do: 'delete', key, when: {} } : { do: 'put', key, item, when: {} },
  )
  return [...proofs, ...writes]
}

/** Takes an import's hand from everything that it took. */
export async function freeAll(
  { table, clock }: ImportParts,
  id: string,
  steps: readonly Step[],
): Promise<void> {
  const names = steps.filter(({ key }) => key.pk === hostnames).map(({ key }) => key)
  const found = await table.get([...new Set(steps.map(({ system }) => system))].map(leaseKey).concat(names))
  // Where somebody else was quicker, it is free.
  for (const item of found.values())
    if (item.import === id) await table.write([free(item, id, clock.now())], newStamp())
}

/** What takes an import's hand from an item, as long as it has it there. */
function free(item: Item, id: string, now: number): Action {
  const key = { pk: item.pk, sk: item.sk }
  const when = { field: 'import', values: [id] }
  if (item.pk !== leases) return { do: 'delete', key, when }
  return { do: 'put', key, item: { ...leaseOf(undefined, item, now), ...key }, when }
}
