import { mainLocale, nearest } from '../../core/voice/locale.ts'
import { inWords } from '../../core/voice/spoken.ts'
import { type Voice, type VoiceSlot, type VoiceWords, wordsFor } from '../../core/voice.ts'
import { phrasesIn } from './phrases.ts'

/** An interaction model, as the ASK CLI takes it in `skill-package/interactionModels/custom/<locale>.json`. */
export interface InteractionModel {
  readonly interactionModel: {
    readonly languageModel: {
      readonly invocationName: string
      readonly intents: readonly Intent[]
      readonly types: readonly SlotType[]
    }
    /** Absent where no voice has a slot. */
    readonly dialog?: {
      readonly intents: readonly DialogIntent[]
      /** The skill asks; Alexa never does by itself. */
      readonly delegationStrategy: 'SKILL_RESPONSE'
    }
    readonly prompts?: readonly Prompt[]
  }
}

export interface Intent {
  readonly name: string
  readonly slots?: readonly { readonly name: string; readonly type: string }[]
  readonly samples: readonly string[]
}

export interface SlotType {
  readonly name: string
  readonly values: readonly {
    readonly id: string
    readonly name: { readonly value: string; readonly synonyms: readonly string[] }
  }[]
}

interface DialogIntent {
  readonly name: string
  readonly confirmationRequired: false
  readonly prompts: Readonly<Record<never, never>>
  readonly slots: readonly {
    readonly name: string
    readonly type: string
    readonly confirmationRequired: false
    readonly elicitationRequired: true
    readonly prompts: { readonly elicitation: string }
  }[]
}

interface Prompt {
  readonly id: string
  readonly variations: readonly { readonly type: 'PlainText'; readonly value: string }[]
}

/** What every skill listens for. */
const builtIn = ['Cancel', 'Help', 'Stop', 'Fallback', 'NavigateHome', 'Yes', 'No'].map(name => ({
  name: `AMAZON.${name}Intent`,
  samples: [],
}))

const yesNo = 'YesNo'

/** The languages in which at least one voice is heard, `en-US` first. */
export function localesOf(voices: Iterable<Voice>): readonly string[] {
  const all = new Set<string>([mainLocale])
  for (const { words } of voices) for (const locale of Object.keys(words)) all.add(locale)
  return [...all]
}

/** What a voice says in a language, or in another country's of the same; nothing where nobody has put it so. */
export function wordsIn(voice: Voice, locale: string): VoiceWords | undefined {
  const found = nearest(locale, Object.keys(voice.words))
  return found === undefined ? undefined : voice.words[found as keyof Voice['words']]
}

/**
 * The interaction model of voices in one language. A voice that has no words in it is left out.
 *
 * @example
 * interactionModel([plexOnVoice], { locale: 'en-US', invocationName: 'my closet' })
 */
export function interactionModel(
  voices: Iterable<Voice>,
  { locale, invocationName }: { readonly locale: string; readonly invocationName: string },
): InteractionModel {
  const heard = [...voices].flatMap(voice => {
    const words = wordsIn(voice, locale)
    return words === undefined ? [] : [{ voice, words }]
  })
  const spoken = heard.filter(({ voice }) => voice.slots.length > 0)
  const types = spoken.flatMap(({ voice, words }) => typesOf(voice, words))
  if (spoken.some(({ voice }) => voice.slots.some(slot => slot.heard.kind === 'yes-no')))
    types.push(yesNoType(locale))
  const languageModel = {
    invocationName,
    intents: [...builtIn, ...heard.map(({ voice, words }) => intentOf(voice, words))],
    types,
  }
  if (spoken.length === 0) return { interactionModel: { languageModel } }
  const dialog = {
    intents: spoken.map(({ voice }) => dialogOf(voice)),
    delegationStrategy: 'SKILL_RESPONSE',
  } as const
  const prompts = spoken.flatMap(({ voice, words }) =>
    voice.slots.map(slot => promptOf(voice, slot, askFor(slot.name, words, locale))),
  )
  return { interactionModel: { languageModel, dialog, prompts } }
}

/** The question for a slot. */
export function askFor(slot: string, words: VoiceWords | undefined, locale: string): string {
  return words?.slots[slot]?.ask ?? phrasesIn(locale).ask(inWords(slot))
}

function intentOf(voice: Voice, { samples }: VoiceWords): Intent {
  const slots = voice.slots.map(slot => ({ name: slot.name, type: typeOf(voice, slot) }))
  return { name: voice.intent, ...(slots.length === 0 ? {} : { slots }), samples }
}

const amazons: Readonly<Record<string, string>> = {
  number: 'AMAZON.NUMBER',
  text: 'AMAZON.SearchQuery',
  date: 'AMAZON.DATE',
  time: 'AMAZON.TIME',
  duration: 'AMAZON.DURATION',
  'yes-no': yesNo,
}

/** No name of an intent or a slot has two underscores side by side, so that no two types have the same name. */
function typeOf({ intent }: Voice, { name, heard }: VoiceSlot): string {
  return amazons[heard.kind] ?? `${intent}__${name}`
}

function typesOf(voice: Voice, words: VoiceWords): SlotType[] {
  return voice.slots.flatMap(slot => {
    if (slot.heard.kind !== 'choice') return []
    const values = slot.heard.values.map(one => {
      const [value = '', ...synonyms] = wordsFor(String(one), words.slots[slot.name]?.values)
      return { id: String(one), name: { value, synonyms } }
    })
    return [{ name: typeOf(voice, slot), values }]
  })
}

function yesNoType(locale: string): SlotType {
  const { yes, no } = phrasesIn(locale)
  const entry = (id: string, [value = '', ...synonyms]: readonly string[]) => ({
    id,
    name: { value, synonyms },
  })
  return { name: yesNo, values: [entry('true', yes), entry('false', no)] }
}

function dialogOf(voice: Voice): DialogIntent {
  return {
    name: voice.intent,
    confirmationRequired: false,
    prompts: {},
    slots: voice.slots.map(slot => ({
      name: slot.name,
      type: typeOf(voice, slot),
      confirmationRequired: false,
      elicitationRequired: true,
      prompts: { elicitation: promptId(voice, slot) },
    })),
  }
}

function promptId({ intent }: Voice, { name }: VoiceSlot): string {
  return `Elicit.Slot.${intent}.${name}`
}

function promptOf(voice: Voice, slot: VoiceSlot, value: string): Prompt {
  return { id: promptId(voice, slot), variations: [{ type: 'PlainText', value }] }
}
