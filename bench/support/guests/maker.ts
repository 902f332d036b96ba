import type { Guest } from './lab.ts'

/** Somebody else who makes guests. */
export interface Maker {
  /** Makes one, and resolves when it lets a user in. */
  make(guest: Guest): Promise<void>
  /** Takes all away that were made. */
  clear(): Promise<void>
}
