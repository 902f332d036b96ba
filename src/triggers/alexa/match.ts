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
  for (const voice of voices)
    for (const sample of wordsIn(voice, locale)?.samples ?? []) {
      const values = said === sample ? {} : patternOf(sample).exec(said)?.groups
      if (values === undefined) continue
      const all = { ...values, ...given }
      const heard = voice.slots.flatMap(({ name }) =>
        all[name] === undefined
          ? []
          : [[name, { value: all[name], ids: idsOf(voice, name, all[name], locale) }]],
      )
      return { voice, heard: Object.fromEntries(heard) }
    }
  return undefined
}

function patternOf(sample: string): RegExp {
  const parts = sample.split(/(\{\w+\})/).map(part => {
    const slot = /^\{(\w+)\}$/.exec(part)?.[1]
    return slot === undefined ? part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&') : `(?<${slot}>\\S.*?)`
  })
  return new RegExp(`^${parts.join('')}$`, 'iu')
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
