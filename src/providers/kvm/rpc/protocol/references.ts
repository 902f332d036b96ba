import { int, type OutOf, struct, text, uuid } from '../xdr/shapes.ts'

/** A domain. `id` is that of its running instance, and −1 when it does not run; only name and UUID identify it. */
export const domain = struct({ name: text, uuid, id: int })
export const network = struct({ name: text, uuid })
export const pool = struct({ name: text, uuid })
/** A volume of the pool with that name; `key` is its own everywhere on the host. */
export const volume = struct({ pool: text, name: text, key: text })
export const snapshot = struct({ name: text, domain })

export type DomainRef = OutOf<typeof domain>
export type PoolRef = OutOf<typeof pool>
export type VolumeRef = OutOf<typeof volume>
export type SnapshotRef = OutOf<typeof snapshot>
