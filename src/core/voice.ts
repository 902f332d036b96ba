import * as z from 'zod'
import { type Flow, isFlow, parseInput } from './flow.ts'
import { findNotJson, type Json } from './json.ts'
import { destructive } from './voice/destructive.ts'
import { InvalidVoice } from './voice/invalid.ts'
import { isLocale, type Locale, mainLocale } from './voice/locale.ts'
import { intentName, longestName, plainName } from './voice/names.ts'
import { sampleProblem, slotsIn } from './voice/samples.ts'
import { fieldsOf, type SlotKind } from './voice/slots.ts'
import { inWords } from './voice/spoken.ts'

const brand = Symbol.for('re-ops.voice')

/** Words by which a flow is started. It is declared beside the flow and exported from `flows/index.ts`. */
export interface Voice {
  readonly [brand]: true
  /** What is said first of all. */
  readonly utterance: string
  /** By which Alexa knows it. */
  readonly intent: string
  readonly flow: Flow
  /** The part of the input that is not spoken. */
  readonly input: { readonly [field: string]: Json }
  readonly slots: readonly VoiceSlot[]
  /** Whether it asks back; a text is the question. */
  readonly dangerous: boolean | string
  /** What is said and answered, by language; `en-US` is there always. */
  readonly words: Readonly<Partial<Record<Locale, VoiceWords>>>
}

/** A field of the input that is spoken. */
export interface VoiceSlot {
  /** Of the field, and of the slot. */
  readonly name: string
  readonly heard: SlotKind
  readonly required: boolean
}

/** What is said in one language. */
export interface VoiceWords {
  readonly samples: readonly string[]
  readonly reply?: string | undefined
  readonly slots: Readonly<Record<string, SlotWords>>
}

/** How a slot is asked for, and how its values are called. */
export interface SlotWords {
  /** Such as "which machine?". */
  readonly ask?: string | undefined
  /** How values are said, by the values: the first is how they are written in the model. */
  readonly values?: Readonly<Record<string, readonly string[]>> | undefined
}

/** What is said and answered in another language. */
export interface LocaleOptions<I> {
  readonly samples: readonly [string, ...string[]]
  readonly reply?: string
  readonly slots?: { readonly [K in keyof I & string]?: SlotWords }
}

/** How a voice is heard and answered. */
export interface VoiceOptions<I> {
  /** What is said when it went well and the pipeline said nothing by `alexa.reply`. */
  readonly reply?: string
  /** Other words for it; `{field}` is a part of the input. */
  readonly samples?: readonly string[]
  /** Asks back before it starts: with the plan, or with this question. True where the flow destroys, and this is left out. */
  readonly dangerous?: boolean | string
  /** The part of the input that is not spoken. */
  readonly input?: Partial<I>
  readonly slots?: { readonly [K in keyof I & string]?: SlotWords }
  readonly locales?: Readonly<Partial<Record<Locale, LocaleOptions<I>>>>
  /** The intent's name, where the words don't make a good one. */
  readonly intent?: string
}

const speech = z.string().trim().min(1).max(1_000)
const slotWords = z.strictObject({
  ask: speech.optional(),
  values: z.record(z.string(), z.array(z.string().trim().min(1).max(140)).min(1).max(100)).optional(),
})
const optionsSchema = z.strictObject({
  reply: speech.optional(),
  samples: z.array(z.string()).max(200).default([]),
  dangerous: z.union([z.boolean(), speech]).optional(),
  input: z.record(z.string(), z.unknown()).default({}),
  slots: z.record(z.string(), slotWords).default({}),
  locales: z
    .record(
      z.string(),
      z.strictObject({
        samples: z.array(z.string()).min(1).max(200),
        reply: speech.optional(),
        slots: z.record(z.string(), slotWords).default({}),
      }),
    )
    .default({}),
  intent: z.string().optional(),
})

/**
 * Declares words by which Alexa starts a flow. Slots are made of the fields of the flow's input: numbers, enumerations,
 * booleans, dates, times, lengths of time, and text. Throws `InvalidVoice`, which names the field, for what can't be spoken.
 *
 * @example
 * export const plexOnVoice = voice('plex on', plexOn, { reply: 'ok', samples: ['turn plex on'] })
 * export const reboot = voice('reboot {machine}', rebootOne, { dangerous: true, slots: { machine: { ask: 'Which one?' } } })
 */
export function voice<I>(
  utterance: string,
  flow: Flow<I, unknown>,
  options: VoiceOptions<NoInfer<I>> = {},
): Voice {
  if (!isFlow(flow))
    throw new InvalidVoice(utterance, 'flow', 'it starts a flow; make one of the pipeline by flow({ … })')
  const parsed = optionsSchema.safeParse(options)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new InvalidVoice(utterance, issue!.path.map(String).join('.') || 'options', issue!.message)
  }
  const { samples, reply, locales, slots: said, dangerous, intent = intentName(utterance) } = parsed.data
  if (!plainName.test(intent) || intent.length > longestName)
    throw new InvalidVoice(
      utterance,
      'intent',
      'say intent: a name of letters, with underscores between words',
    )
  const input = fixedInput(utterance, parsed.data.input)
  const speakable = slotsOf(utterance, flow, input)
  const kinds = Object.fromEntries(speakable.map(({ name, heard }) => [name, heard]))
  const words: Partial<Record<Locale, VoiceWords>> = {}
  const given = { [mainLocale]: { samples: [utterance, ...samples], reply, slots: said }, ...locales }
  for (const [locale, one] of Object.entries(given)) {
    if (!isLocale(locale))
      throw new InvalidVoice(utterance, `locales.${locale}`, 'Alexa speaks no such language')
    words[locale] = checkWords(utterance, locale, one, kinds)
  }
  const used = new Set(Object.values(words).flatMap(one => one.samples.flatMap(slotsIn)))
  const slots = speakable.filter(({ name, required }) => required || used.has(name))
  if (slots.length === 0) parseInput(`voice ${utterance}`, flow, input)
  return Object.freeze({
    [brand]: true as const,
    utterance,
    intent,
    flow: flow as Flow,
    input,
    slots,
    dangerous: dangerous ?? destructive(flow.step),
    words,
  })
}

/** Whether a value is a voice. */
export function isVoice(value: unknown): value is Voice {
  return typeof value === 'object' && value !== null && brand in value
}

function fixedInput(utterance: string, input: Record<string, unknown>): Voice['input'] {
  const problem = findNotJson(input)
  if (problem === undefined) return input as Voice['input']
  const why = `${problem.path} is ${problem.found}, which can't travel to an execution`
  throw new InvalidVoice(utterance, 'input', why)
}

/** The fields that can be spoken. Throws for one that the flow needs and nobody could say. */
function slotsOf(utterance: string, flow: Flow, input: Voice['input']): readonly VoiceSlot[] {
  let fields: ReturnType<typeof fieldsOf>
  try {
    fields = fieldsOf(flow.input)
  } catch (cause) {
    const why = `the schema of its input can't be described: ${(cause as Error).message}`
    throw new InvalidVoice(utterance, 'flow', why, cause)
  }
  return fields
    .filter(({ name }) => !Object.hasOwn(input, name))
    .flatMap(({ name, required, slot }) => {
      if (slot.kind !== 'unspeakable') return [{ name, required, heard: slot }]
      if (!required) return []
      const why = `it can't be spoken (${slot.why}), and the flow needs it: give it in input, or a default in the flow's schema`
      throw new InvalidVoice(utterance, name, why)
    })
}

function checkWords(
  utterance: string,
  locale: Locale,
  { samples, reply, slots }: z.output<typeof optionsSchema>['locales'][string],
  kinds: Readonly<Record<string, SlotKind>>,
): VoiceWords {
  const at = (field: string) => (locale === mainLocale ? field : `locales.${locale}.${field}`)
  for (const sample of samples) {
    const problem = sampleProblem(sample, kinds)
    if (problem !== undefined)
      throw new InvalidVoice(utterance, at('samples'), `${JSON.stringify(sample)}: ${problem}`)
  }
  const doubled = samples.find((one, index) => samples.findIndex(other => same(one, other)) < index)
  if (doubled !== undefined)
    throw new InvalidVoice(utterance, at('samples'), `${JSON.stringify(doubled)} stands there twice`)
  const strange = Object.keys(slots).find(name => !Object.hasOwn(kinds, name))
  if (strange !== undefined)
    throw new InvalidVoice(utterance, at(`slots.${strange}`), 'there is no such slot')
  for (const [name, heard] of Object.entries(kinds)) {
    const problem = valuesProblem(heard, slots[name]?.values ?? {})
    if (problem !== undefined) throw new InvalidVoice(utterance, at(`slots.${name}.values`), problem)
  }
  return { samples, reply, slots }
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

/** Alexa tells values apart by what is said. */
function valuesProblem(heard: SlotKind, said: NonNullable<SlotWords['values']>): string | undefined {
  const values = heard.kind === 'choice' ? heard.values.map(String) : []
  const strange = Object.keys(said).find(value => !values.includes(value))
  if (strange !== undefined) return `${JSON.stringify(strange)} is none of its values`
  const taken = new Map<string, string>()
  for (const value of values)
    for (const word of wordsFor(value, said)) {
      if (word === '' || word.length > 140)
        return `${JSON.stringify(value)} is not said as a word of up to 140 characters; say how by slots: { … values }`
      const other = taken.get(word.toLowerCase())
      if (other !== undefined && other !== value)
        return `${other} and ${value} are both said as ${JSON.stringify(word)}`
      taken.set(word.toLowerCase(), value)
    }
  return undefined
}

/** What is said for a value: the first is how it is written in the model. */
export function wordsFor(value: string, said: NonNullable<SlotWords['values']> = {}): readonly string[] {
  return (Object.hasOwn(said, value) ? said[value] : undefined) ?? [inWords(value)]
}
