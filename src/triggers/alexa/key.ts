import { createHash } from 'node:crypto'
import type { Json } from '../../core/json.ts'
import { utteranceKeys, utteranceMs } from '../../core/utterance.ts'
import type { Voice } from '../../core/voice.ts'

/** How the names of all executions begin that were started by voice. */
export const voicePrefix = 'voice-'

/**
 * The name of the execution that something said at `at` starts, and of the one that the same words may have started a moment
 * before. "plex on" has the names that a switch called plex has: who hears both acts once.
 */
export function voiceKeys(voice: Voice, input: Json, at: number): readonly [string, string] {
  const [, device, state] = /^(.+) (on|off)$/i.exec(voice.utterance) ?? []
  if (device !== undefined && state !== undefined && voice.slots.length === 0)
    return utteranceKeys(device, state.toLowerCase() as 'on' | 'off', at)
  const hash = createHash('sha256').update(canonical(input)).digest('hex').slice(0, 12)
  const prefix = `${voicePrefix}${voice.intent.slice(0, 40)}-${hash}-`
  const window = Math.floor(at / utteranceMs)
  return [`${prefix}${window.toString(36)}`, `${prefix}${(window - 1).toString(36)}`]
}

/** JSON whose keys are in order, so that the same input is the same text. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
