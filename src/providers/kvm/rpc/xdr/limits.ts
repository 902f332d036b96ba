/**
 * How large anything may be. These are the protocol's own bounds, which both ends keep: a message that claims more is
 * refused before anything is set aside for it.
 */

/** The length word in front of every frame, in bytes. It counts itself. */
export const lengthBytes = 4
/** Program, version, procedure, type, serial and status. */
export const headerBytes = 24
/** A frame without its length word. */
export const maxFrame = 32 * 1024 * 1024
/** One string, in bytes of UTF-8. */
export const maxText = 4 * 1024 * 1024
/** Data of a stream in one frame; daemons of every version take this much. */
export const maxStreamChunk = 262_120

/** Elements in one list. */
export const maxList = {
  domains: 16_384,
  networks: 16_384,
  pools: 16_384,
  volumes: 16_384,
  snapshots: 16_384,
  leases: 65_536,
  interfaces: 2_048,
  addresses: 2_048,
  authTypes: 20,
  stats: 262_144,
  guestInfo: 2_048,
  jobStats: 64,
} as const
