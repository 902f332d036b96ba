import { createHash } from 'node:crypto'

/** What is said twice within so long is one utterance that came by two ways, or was sent again. Milliseconds. */
export const utteranceMs = 10_000

/**
 * The names of the execution that "device on" starts now, and of the one that it may have started a moment ago. Whoever hears
 * it, a switch or a skill, starts it under the first unless there is one of the second, and so it acts once.
 *
 * @example
 * utteranceKeys('plex', 'on', 1_700_000_000_000) // ['voice-plex-on-2t7k5c', 'voice-plex-on-2t7k5b']
 */
export function utteranceKeys(device: string, state: 'on' | 'off', now: number): readonly [string, string] {
  const window = Math.floor(now / utteranceMs)
  const prefix = utterancePrefix(device, state)
  return [`${prefix}${window.toString(36)}`, `${prefix}${(window - 1).toString(36)}`]
}

/** How the names of all executions begin that a word to a device started. Execution names have up to 80 plain characters. */
export function utterancePrefix(device: string, state: 'on' | 'off'): string {
  const spoken = device.toLowerCase()
  if (/^[a-z0-9]{1,45}$/.test(spoken)) return `voice-${spoken}-${state}-`
  const hash = createHash('sha256').update(spoken).digest('hex').slice(0, 8)
  return `voice-${spoken.replaceAll(/[^a-z0-9]+/g, '_').slice(0, 36)}-${hash}-${state}-`
}
