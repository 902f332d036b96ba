import { createHash } from 'node:crypto'
import type { Json } from '../../core/json.ts'
import { keysFrom, type UtteranceKeys, utteranceKeys } from '../../core/utterance.ts'
import type { Voice } from '../../core/voice.ts'

/** How the names of all executions begin that were started by voice. */
export const voicePrefix = 'voice-'

/** A device, and what is done to it by words such as "plex on". */
export interface DeviceWord {
  readonly device: string
  readonly state: 'on' | 'off'
}

/** The device that a voice switches, as a switch of that name would; nothing where it is about something else. */
export function deviceWord({ utterance, slots }: Voice): DeviceWord | undefined {
  const [, device, state] = /^(.+) (on|off)$/i.exec(utterance) ?? []
  if (device === undefined || state === undefined || slots.length > 0) return undefined
  return { device, state: state.toLowerCase() as DeviceWord['state'] }
}

/**
 * The names of the execution that something said at `at` starts, and of those that the same words may have started a moment
 * before. "plex on" has the names that a switch called plex has: who hears both acts once.
 */
export function voiceKeys(voice: Voice, input: Json, at: number): UtteranceKeys {
  const word = deviceWord(voice)
  if (word !== undefined) return utteranceKeys(word.device, word.state, at)
  const hash = createHash('sha256').update(canonical(input)).digest('hex').slice(0, 12)
  return keysFrom(`${voicePrefix}${voice.intent.slice(0, 40)}-${hash}-`, at)
}

/** JSON whose keys are in order, so that the same input is the same text. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
