import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { explainIssues, InvalidConfig } from '../../src/core/errors.ts'

const file = z.string().min(1)

/**
 * What the agent's file of options says, a JSON object. Paths are absolute, since a supervisor starts it wherever it
 * likes.
 */
export const agentOptionsSchema = z.strictObject({
  /** The bridge, or a relay before it, such as `tcp://bridge.lan:5761`. */
  bridge: z.string().regex(/^(?:tcp|ipc):\/\/\S+$/, 'is an address such as tcp://bridge.lan:5761'),
  /** The bridge's public key, in Z85. */
  bridgeKey: z.string().length(40),
  /** The relay's public key, where there is one. */
  relayKey: z.string().length(40).optional(),
  /** This agent's own pair of keys; it is made when it isn't there. */
  keyFile: file,
  /** Holds the one-time token, and is removed once that was used. */
  tokenFile: file.optional(),
  /** Where bundles are kept. */
  state: file,
  /** The host that it is. */
  host: z.string().min(1).max(253),
  /** The version that it registers as; that of its program otherwise. */
  version: z.string().min(1).max(60).optional(),
  maxCalls: z.int().min(1).max(1_000).default(16),
  /** Seconds that calls under way get when it is told to end. */
  drain: z.number().min(0).max(3_600).default(30),
})

/** The options of an agent's program, with their defaults filled in. */
export type AgentFile = z.output<typeof agentOptionsSchema>

/** Reads the file of options. Throws `InvalidConfig`, which says what to correct. */
export function readAgentOptions(name: string): AgentFile {
  let said: unknown
  try {
    said = JSON.parse(readFileSync(name, 'utf8'))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new InvalidConfig(`${name} can't be read as the agent's options: ${why}`, { cause })
  }
  const parsed = agentOptionsSchema.safeParse(said)
  if (parsed.success) return parsed.data
  throw new InvalidConfig(`${name}: ${explainIssues(parsed.error.issues)}`, { cause: parsed.error })
}
