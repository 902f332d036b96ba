import { createHash } from 'node:crypto'

/** What is said twice within so long is one utterance that came by two ways, or was sent again. Milliseconds. */
export const utteranceMs = 10_000

/**
 * The names of the executions that something said at a moment may have: the one that it starts, that of whoever heard it
 * before the moment and by another clock, and that of whoever heard it after.
 */
export type UtteranceKeys = readonly [own: string, before: string, after: string]

/**
 * The names of the execution that "device on" starts now, and of those that it may have started a moment ago. Whoever hears
 * it, a switch or a skill, starts it under the first unless there is one of the others, and so it acts once.
 *
 * @example
 * utteranceKeys('plex', 'on', 1_700_000_000_000) // ['voice-plex-on-2t7k5c', 'voice-plex-on-2t7k5b', 'voice-plex-on-2t7k5d']
 */
export function utteranceKeys(device: string, state: 'on' | 'off', now: number): UtteranceKeys {
  return keysFrom(utterancePrefix(device, state), now)
}

/** The same for names that begin otherwise. */
export function keysFrom(prefix: string, at: number): UtteranceKeys {
  const window = Math.floor(at / utteranceMs)
  const key = (offset: number) => `${prefix}${(window + offset).toString(36)}`
  return [key(0), key(-1), key(1)]
}

/** How the names of all executions begin that a word to a device started. Execution names have up to 80 plain characters. */
export function utterancePrefix(device: string, state: 'on' | 'off'): string {
  const spoken = device.toLowerCase()
  if (/^[a-z0-9]{1,45}$/.test(spoken)) return `voice-${spoken}-${state}-`
  const hash = createHash('sha256').update(spoken).digest('hex').slice(0, 8)
  return `voice-${spoken.replaceAll(/[^a-z0-9]+/g, '_').slice(0, 36)}-${hash}-${state}-`
}
