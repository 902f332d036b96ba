import type * as z from 'zod'
import { findNotJson, type Json } from '../../core/json.ts'
import { inWords } from '../../core/voice/spoken.ts'
import { type Voice, type VoiceSlot, wordsFor } from '../../core/voice.ts'
import { askFor, wordsIn } from './model.ts'
import { phrasesIn } from './phrases.ts'

/** What was heard for a slot. */
export interface Heard {
  /** As it was said, or as Alexa wrote it down: numbers, dates and times by their standards. */
  readonly value: string
  /** The ids of the values of a type of ours that it may mean; none for Alexa's own types. */
  readonly ids: readonly string[]
}

/** The input of a flow, or the slot that is asked for and the words for it. */
export type Understood =
  | { readonly input: Json }
  | { readonly slot: string; readonly say: string }
  /** Something is wrong with the input that no slot would put right. */
  | { readonly broken: string }

/**
 * Makes a flow's input of what was heard, by the flow's schema. What is missing, not one of the values, or refused by the
 * schema is asked for, the first such slot.
 */
export function understand(voice: Voice, heard: Readonly<Record<string, Heard>>, locale: string): Understood {
  const words = wordsIn(voice, locale)
  const phrases = phrasesIn(locale)
  const input: Record<string, unknown> = { ...voice.input }
  for (const slot of voice.slots) {
    const { name } = slot
    const one = Object.hasOwn(heard, name) ? heard[name] : undefined
    if (one === undefined) {
      if (slot.required) return { slot: name, say: askFor(name, words, locale) }
      continue
    }
    const value = toInput(slot, one)
    if (value === undefined) return { slot: name, say: unclear(slot, one) }
    input[name] = value
  }
  const parsed = voice.flow.input.safeParse(input)
  if (parsed.success) {
    const problem = findNotJson(parsed.data)
    return problem ? { broken: `${problem.path} is ${problem.found}` } : { input: parsed.data as Json }
  }
  const issue = parsed.error.issues.find(one => voice.slots.some(({ name }) => name === one.path[0]))
  if (issue === undefined) return { broken: parsed.error.issues[0]?.message ?? 'invalid' }
  const slot = String(issue.path[0])
  return { slot, say: refused(slot, issue) }

  function unclear({ name, heard: kind }: VoiceSlot, one: Heard): string {
    if (kind.kind !== 'choice') return phrases.unusable(inWords(name), one.value)
    const values = kind.values.filter(value => one.ids.length === 0 || one.ids.includes(String(value)))
    const said = (values.length === 0 ? kind.values : values).map(
      value => wordsFor(String(value), words?.slots[name]?.values)[0] ?? String(value),
    )
    return phrases.unclear(inWords(name), said.slice(0, 8))
  }

  function refused(name: string, issue: z.core.$ZodIssue): string {
    const said = inWords(name)
    if (issue.code === 'too_big' && issue.origin === 'number')
      return phrases.atMost(said, Number(issue.maximum))
    if (issue.code === 'too_small' && issue.origin === 'number')
      return phrases.atLeast(said, Number(issue.minimum))
    return phrases.unusable(said, heard[name]?.value ?? '')
  }
}

/** What was heard as the schema takes it; nothing where it is none of the values, or several. */
function toInput({ heard: kind }: VoiceSlot, { value, ids }: Heard): Json | undefined {
  switch (kind.kind) {
    case 'number':
      return /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined
    case 'yes-no':
      return ids.length === 1 ? yesNo.get(ids[0]!) : undefined
    case 'choice':
      return ids.length === 1 ? kind.values.find(one => String(one) === ids[0]) : undefined
    default:
      return value
  }
}

const yesNo: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])
