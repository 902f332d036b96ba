/**
 * Where systems lie in the table. All keys begin with `systems/`, so that others can keep theirs beside them. The
 * records of all systems share a partition, because a list is then one query that sees every change that was made
 * before it, which a secondary index can't promise.
 */
export interface Key {
  readonly pk: string
  readonly sk: string
}

/** One item for every system: its JSON, and what it is found by. */
export const records = 'systems/records'
/** Who holds a system, or held it last. It is there before its system and after it. */
export const leases = 'systems/leases'
/** Whose a hostname is. */
export const hostnames = 'systems/hostnames'
/** Entries of histories, by system and number. */
export const histories = 'systems/histories'
/** Imports that are too large for one transaction, while they are under way. */
export const imports = 'systems/imports'

export const recordKey = (id: string): Key => ({ pk: records, sk: id })
export const leaseKey = (id: string): Key => ({ pk: leases, sk: id })
export const hostnameKey = (hostname: string): Key => ({ pk: hostnames, sk: hostname })
/** The last fence that was given to anybody. */
export const fenceKey: Key = { pk: 'systems/control', sk: 'fences' }
export const importKey = (id: string): Key => ({ pk: imports, sk: id })
/** Where the writes of an import wait until it is decided. */
export const staged = (id: string): string => `${imports}/${id}`

/** Ids sort as they do by themselves, since `#` comes before everything that they are made of. */
export const historyOf = (id: string): string => `${id}#`
export const entryKey = (id: string, number: number): Key => ({
  pk: histories,
  sk: `${historyOf(id)}${String(number).padStart(9, '0')}`,
})

/** A key as one text, for maps. */
export function keyText({ pk, sk }: Key): string {
  return `${pk} ${sk}`
}
