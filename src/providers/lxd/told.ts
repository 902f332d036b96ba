import * as z from 'zod'
import { type System, systemSchema } from '../../core/systems/system.ts'

/** What is told to the server, so that a lost store can be made again from it. What was installed may hold secrets. */
const toldSchema = z.object(
  systemSchema.omit({
    state: true,
    stage: true,
    problem: true,
    ref: true,
    address: true,
    port: true,
    provider: true,
    node: true,
    revision: true,
    updatedAt: true,
    packages: true,
    userData: true,
  }).shape,
)

type Told = z.output<typeof toldSchema>

/** Keys of an instance's or a volume's configuration that are ours. */
export const marks = {
  /** Whose it is: a system's id. */
  id: 'user.reops.id',
  /** What it is, as JSON. */
  told: 'user.reops',
  /** Which attempt makes it. On an instance it stands only until that is whole: what still has it was left half made. */
  making: 'user.reops.making',
  /** On a volume: that it outlives its system. */
  keep: 'user.reops.keep',
} as const

/** What is written on an instance about its system. */
export function tell(system: System): string {
  return JSON.stringify(toldSchema.parse(system))
}

/** Reads it back. What doesn't parse was written by somebody else, and tells nothing. */
export function readTold(text: string | undefined): Told | undefined {
  if (text === undefined) return undefined
  try {
    return toldSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
