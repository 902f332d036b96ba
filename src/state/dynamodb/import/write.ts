import { type Action, absent, mostActions, unchanged } from '../action.ts'
import { fenceKey, histories, hostnames, importKey, type Key, keyText, leaseKey, recordKey } from '../keys.ts'
import { newStamp } from '../table.ts'
import type { Turn } from '../turn.ts'
import { freeAll, type ImportParts, resolveImport } from './resolve.ts'
import { stepsOf, toStaged } from './stage.ts'

/** Milliseconds after which an import that is not decided counts as broken off, and anybody gives it up. */
const decidedMs = 5 * 60_000

/**
 * Writes what is more than a transaction holds, so that all of it comes about or nothing:
 *
 * 1. The import is announced, and each of its writes is laid down beside everything else.
 * 2. Every system that it is about is taken, as it was read, and every hostname that is free. Nobody else changes them
 *    from here on. Where one is no longer as it was, the import is given up.
 * 3. It is decided, by one write. Before it, whoever finds the import too old gives it up; from here on, whoever finds it
 *    goes on with it.
 * 4. The writes are done, transaction by transaction, each on the condition that the import still holds its systems, and
 *    with each system's last one it is free. Then what was laid down is removed.
 *
 * Who gives up and who decides write the same item, so it never comes to both, whatever their clocks say.
 */
export async function writeImport(
  parts: ImportParts,
  turn: Turn,
  bySystem: ReadonlyMap<string, readonly Action[]>,
): Promise<'done' | 'conflict'> {
  const { table, clock } = parts
  const id = newStamp()
  const head = importKey(id)
  const until = clock.now() + decidedMs
  const announced: Action = {
    ...{ do: 'put', key: head, when: { absent: true } },
    item: { ...head, state: 'announced', until },
  }
  if ((await table.write([announced], newStamp())) === 'conflict') return 'conflict'
  const steps = stepsOf(bySystem)
  await table.bulk(
    steps.map((step, index) => toStaged(id, step, index)),
    [],
  )
  const fence = await table.count(fenceKey)
  const taken = await take(parts, turn, bySystem, { import: id, until, fence })
  if (taken && (await decide(parts, head, 'decided'))) {
    await resolveImport(parts, { import: id, key: head })
    return 'done'
  }
  await decide(parts, head, 'given up')
  await freeAll(parts, id, steps)
  await resolveImport(parts, { import: id, key: head })
  return 'conflict'
}

/** Writes what becomes of an import, which is announced and no more; answers whether that is so. */
async function decide({ table }: ImportParts, key: Key, state: 'decided' | 'given up'): Promise<boolean> {
  const when = { field: 'state', values: ['announced'] }
  return (await table.write([{ do: 'put', key, item: { ...key, state }, when }], newStamp())) === 'done'
}

/** Takes everything that the import is about, as it was read; answers whether it still was so. */
async function take(
  { table, clock }: ImportParts,
  { near }: Turn,
  bySystem: ReadonlyMap<string, readonly Action[]>,
  mark: { readonly import: string; readonly until: number; readonly fence: number },
): Promise<boolean> {
  const known = (key: Key) => near.items.get(keyText(key))
  const held = { owner: 'reops state import', purpose: 'state import', since: clock.now(), ...mark }
  const all = [...bySystem].flatMap(([id, actions]): Action[] => {
    const [lease, record] = [leaseKey(id), recordKey(id)]
    const fresh = actions.filter(({ when }) => when.absent === true)
    // What one system of the import gives to another is held by both of them already.
    const names = fresh.filter(({ key, when }) => key.pk === hostnames && when.values?.length === 1)
    // Of entries that come to a history, the first one: where it is free, so are the others.
    const entry = fresh.find(({ key }) => key.pk === histories)
    return [
      { do: 'put', key: lease, item: { ...lease, ...held }, when: unchanged(known(lease)) },
      { do: 'check', key: record, when: unchanged(known(record)) },
      ...(entry === undefined ? [] : [{ do: 'check' as const, key: entry.key, when: absent }]),
      ...names
        .filter(one => one.do === 'put')
        .map(({ key }): Action => {
          return { do: 'put', key, item: { ...key, system: id, import: mark.import }, when: absent }
        }),
    ]
  })
  for (let start = 0; start < all.length; start += mostActions)
    if ((await table.write(all.slice(start, start + mostActions), newStamp())) === 'conflict') return false
  return true
}
