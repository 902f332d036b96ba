import { type Voice, wordsFor } from '../../core/voice.ts'
import type { Heard } from './heard.ts'
import { wordsIn } from './model.ts'
import { phrasesIn } from './phrases.ts'

/** A voice that words were meant for, and what was heard for its slots. */
export interface Match {
  readonly voice: Voice
  readonly heard: Readonly<Record<string, Heard>>
}

/**
 * Finds the voice that words are a sample of, as Alexa would with ears. `given` is what is heard for slots that the words
 * leave in braces, or leave out.
 *
 * @example
 * matchWords([rebootVoice], 'reboot big iron', 'en-US')?.heard // { machine: { value: 'big iron', ids: ['big-iron'] } }
 */
export function matchWords(
  voices: Iterable<Voice>,
  said: string,
  locale: string,
  given: Readonly<Record<string, string>> = {},
): Match | undefined {
  const all = [...voices]
  // Values that are known first: what is none of them is asked for again.
  for (const strict of [true, false])
    for (const voice of all)
      for (const sample of wordsIn(voice, locale)?.samples ?? []) {
        const values = said === sample ? {} : patternOf(sample, voice, locale, strict).exec(said)?.groups
        if (values !== undefined) return { voice, heard: heardOf(voice, locale, { ...values, ...given }) }
      }
  return undefined
}

function heardOf(voice: Voice, locale: string, values: Readonly<Record<string, string>>): Match['heard'] {
  return Object.fromEntries(
    voice.slots.flatMap(({ name }) => {
      const value = values[name]
      return value === undefined ? [] : [[name, { value, ids: idsOf(voice, name, value, locale) }]]
    }),
  )
}

function patternOf(sample: string, voice: Voice, locale: string, strict: boolean): RegExp {
  const parts = sample.split(/(\{\w+\})/).map(part => {
    const slot = /^\{(\w+)\}$/.exec(part)?.[1]
    if (slot === undefined) return escaped(part)
    const known = strict ? wordsOf(voice, slot, locale) : []
    return `(?<${slot}>${known.length === 0 ? '\\S.*?' : known.map(escaped).join('|')})`
  })
  return new RegExp(`^${parts.join('')}$`, 'iu')
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}

/** All words for the values of a slot; none where it takes any. */
function wordsOf(voice: Voice, name: string, locale: string): readonly string[] {
  const { heard } = voice.slots.find(slot => slot.name === name)!
  const { yes, no } = phrasesIn(locale)
  if (heard.kind === 'yes-no') return [...yes, ...no]
  if (heard.kind !== 'choice') return []
  const said = wordsIn(voice, locale)?.slots[name]?.values
  return heard.values.map(String).flatMap(value => [...wordsFor(value, said), value])
}

/** The values that a word may mean, as Alexa resolves it. */
function idsOf(voice: Voice, name: string, word: string, locale: string): readonly string[] {
  const { heard } = voice.slots.find(slot => slot.name === name)!
  const is = (other: string) => other.toLowerCase() === word.toLowerCase()
  if (heard.kind === 'yes-no') {
    const { yes, no } = phrasesIn(locale)
    return yes.some(is) ? ['true'] : no.some(is) ? ['false'] : []
  }
  if (heard.kind !== 'choice') return []
  const said = wordsIn(voice, locale)?.slots[name]?.values
  return heard.values.map(String).filter(value => is(value) || wordsFor(value, said).some(is))
}
