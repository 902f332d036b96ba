import type { Flow } from '../core/flow.ts'
import { InvalidVoice } from '../core/voice/invalid.ts'
import { isVoice, type Voice } from '../core/voice.ts'
import type { NamedVoice } from '../triggers/alexa/index.ts'

/**
 * The voices among what a file exports, by their intents, with the names of the flows that they start. Throws `InvalidVoice`
 * for one whose flow is not exported, for two with one intent, and for words that two of them are heard by.
 */
export function voicesIn(
  exported: Readonly<Record<string, unknown>>,
  flows: ReadonlyMap<string, Flow>,
): ReadonlyMap<string, NamedVoice> {
  const names = new Map([...flows].map(([name, flow]) => [flow, name]))
  const found = new Map<string, NamedVoice>()
  const taken = new Map<string, Voice>()
  for (const voice of new Set(Object.values(exported).filter(isVoice))) {
    const { utterance, intent } = voice
    const flow = names.get(voice.flow)
    if (flow === undefined)
      throw new InvalidVoice(
        utterance,
        'flow',
        'it is not exported; export it beside the voice, so that it has a name',
      )
    const other = [...found.values()].find(one => one.voice.intent.toLowerCase() === intent.toLowerCase())
    if (other !== undefined)
      throw new InvalidVoice(
        utterance,
        'intent',
        `${JSON.stringify(other.voice.utterance)} has the intent ${intent} too; give one of them another by intent: '…'`,
      )
    found.set(intent, { voice, flow })
    for (const [locale, words] of Object.entries(voice.words))
      for (const sample of words.samples) {
        const key = `${locale} ${sample.toLowerCase().replaceAll(/\{\w+\}/g, '{}')}`
        const first = taken.get(key)
        if (first !== undefined && first !== voice)
          throw new InvalidVoice(
            utterance,
            'samples',
            `${JSON.stringify(sample)} is what ${JSON.stringify(first.utterance)} is heard by, too`,
          )
        taken.set(key, voice)
      }
  }
  return found
}
