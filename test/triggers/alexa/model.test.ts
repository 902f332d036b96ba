import { flow, transform, type Voice, voice } from 're-ops'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { InvalidVoice } from '../../../src/core/voice/invalid.ts'
import { understand } from '../../../src/triggers/alexa/heard.ts'
import { interactionModel, matchWords } from '../../../src/triggers/alexa/index.ts'
import { seal, unseal } from '../../../src/triggers/alexa/seal.ts'
import fc from '../../support/fast-check.ts'

const name = /^[A-Za-z]+(?:_+[A-Za-z]+)*$/
const builtInTypes = ['AMAZON.NUMBER', 'AMAZON.SearchQuery', 'AMAZON.DATE', 'AMAZON.TIME', 'AMAZON.DURATION']

/** Throws where a model breaks a documented rule of Alexa's. */
function checkModel({
  interactionModel: { languageModel, dialog, prompts = [] },
}: ReturnType<typeof interactionModel>) {
  const { intents, types } = languageModel
  const own = intents.filter(one => !one.name.startsWith('AMAZON.'))
  expect(new Set(intents.map(one => one.name)).size).toBe(intents.length)
  const known = new Set([...types.map(one => one.name), ...builtInTypes])
  for (const intent of own) {
    expect(intent.name).toMatch(name)
    for (const slot of intent.slots ?? []) {
      expect(slot.name).toMatch(name)
      expect(known).toContain(slot.type)
    }
    for (const sample of intent.samples) {
      const slots = [...sample.matchAll(/\{(\w+)\}/g)].map(([, one]) => one)
      const kinds = slots.map(one => intent.slots?.find(slot => slot.name === one)?.type)
      expect(kinds).not.toContain(undefined)
      if (kinds.includes('AMAZON.SearchQuery'))
        expect([slots.length, /^\{\w+\}$/.test(sample)]).toEqual([1, false])
      expect(sample.replaceAll(/\{\w+\}/g, '')).toMatch(/^[\p{L}\p{M} '’._-]*$/u)
    }
  }
  for (const { name: type, values } of types) {
    expect(type).toMatch(name)
    const words = values.flatMap(one => [one.name.value, ...one.name.synonyms]).map(one => one.toLowerCase())
    expect(new Set(words).size).toBe(words.length)
    expect(words.every(one => one.length >= 1 && one.length <= 140)).toBe(true)
    expect(new Set(values.map(one => one.id)).size).toBe(values.length)
  }
  const ids = new Set(prompts.map(one => one.id))
  for (const intent of dialog?.intents ?? [])
    for (const slot of intent.slots) expect(ids).toContain(slot.prompts.elicitation)
  expect(JSON.stringify(languageModel).length).toBeLessThan(1_500_000)
}

const field = fc.constantFrom('count', 'machine', 'text', 'on', 'day', 'disk2', 'howMany')
const kind = fc.oneof(
  fc.constant(z.number()),
  fc.constant(z.boolean()),
  fc.constant(z.string()),
  fc.constant(z.iso.date()),
  fc.constant(z.array(z.string())),
  fc.constant(z.boolean().optional()),
  fc
    .uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 5 })
    .map(all => z.enum(all)),
)
const words = fc.array(
  fc.oneof(
    fc.constantFrom('plex', 'on', "ada's", 'größer', '2', 'stop', '{count}', '{machine}', '{text}'),
    fc.string({ maxLength: 4 }),
  ),
  {
    minLength: 1,
    maxLength: 5,
  },
)

describe('the interaction model', () => {
  test('keeps the documented rules, whatever voices are declared; others are refused when they are', () => {
    let made = 0
    fc.assert(
      fc.property(
        fc.dictionary(field, kind, { maxKeys: 4 }),
        fc.array(words, { minLength: 1, maxLength: 4 }),
        (shape, said) => {
          const steps = transform(() => 1)
          const it = flow({ input: z.strictObject(shape), steps })
          const [first = '', ...samples] = said.map(one => one.join(' '))
          let one: Voice
          try {
            one = voice(first, it, { samples, intent: 'It' })
          } catch (error) {
            if (error instanceof InvalidVoice || (error as Error).name === 'InvalidInput') return
            throw error
          }
          made++
          for (const locale of ['en-US', 'en-GB', 'de-DE'])
            checkModel(interactionModel([one], { locale, invocationName: 'my closet' }))
        },
      ),
      { numRuns: 500 },
    )
    expect(made).toBeGreaterThan(10)
  })

  const input = z.strictObject({
    machine: z.enum(['foo', 'big-iron']),
    count: z.number().max(5),
    on: z.boolean(),
  })
  const it = flow({ input, steps: transform(() => 1) })
  const spoken = voice('switch {machine} {on} {count} times', it, {
    locales: {
      'de-DE': { samples: ['schalte {machine} {on}'], slots: { machine: { ask: 'Welche Maschine?' } } },
    },
  })

  test('has a language only where somebody has put a voice so', () => {
    const intentsIn = (locale: string) =>
      interactionModel([spoken], { locale, invocationName: 'my closet' }).interactionModel.languageModel
        .intents
    expect(intentsIn('de-DE').at(-1)?.samples).toEqual(['schalte {machine} {on}'])
    expect(intentsIn('en-GB').at(-1)?.samples).toEqual(['switch {machine} {on} {count} times'])
    expect(intentsIn('fr-FR').filter(one => !one.name.startsWith('AMAZON.'))).toEqual([])
  })

  test('words are heard, and make the input by the schema', () => {
    const found = matchWords([spoken], 'switch big iron off 3 times', 'en-US')!
    expect(understand(spoken, found.heard, 'en-US')).toEqual({
      input: { machine: 'big-iron', on: false, count: 3 },
    })
    const wrong = { ...found.heard, count: { value: '9', ids: [] } }
    expect(understand(spoken, wrong, 'en-US')).toEqual({
      slot: 'count',
      say: 'The count is 5 at most. Which count?',
    })
    const both = { ...found.heard, machine: { value: 'iron', ids: ['foo', 'big-iron'] } }
    expect(understand(spoken, both, 'en-US')).toMatchObject({ slot: 'machine' })
    expect(understand(spoken, {}, 'de-DE')).toEqual({ slot: 'machine', say: 'Welche Maschine?' })
    expect(matchWords([spoken], 'something else', 'en-US')).toBeUndefined()
  })
})

test('a question comes back as it was asked, for a minute, in its session', () => {
  const asked = { intent: 'It', input: { a: 1 }, at: 1_000 }
  const sealed = seal(asked, 'one', 'key')
  expect(unseal(sealed, { session: 'one', key: 'key', now: 60_000 })).toEqual(asked)
  expect(unseal(sealed, { session: 'one', key: 'key', now: 61_001 })).toBe('expired')
  expect(unseal(sealed, { session: 'two', key: 'key', now: 2_000 })).toBe('forged')
  expect(unseal(sealed, { session: 'one', key: 'other', now: 2_000 })).toBe('forged')
  expect(unseal('', { session: 'one', key: 'key', now: 2_000 })).toBe('forged')
})
