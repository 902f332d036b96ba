import * as z from 'zod'
import { type System, systemSchema } from './system.ts'

/**
 * What is told to whoever runs a machine, so that a lost store can be made again from it. How it stands is known
 * better over there; what was installed may hold secrets.
 */
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

export type Told = z.output<typeof toldSchema>

/** A system's description, as providers write it beside the machine. */
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
