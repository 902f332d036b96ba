import { flow, transform, voice } from 're-ops'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { invocationProblem } from '../../../src/core/voice/names.ts'
import { destroy } from '../../../src/operations/systems/index.ts'

const of = (shape: z.ZodRawShape) => flow({ input: z.strictObject(shape), steps: transform(() => 1) })
const plain = of({})

describe('a voice', () => {
  test('has an intent by its words, and a slot for every field that is needed or said', () => {
    const made = voice(
      'wake {who} in {minutes} minutes',
      of({
        who: z.enum(['foo', 'bar']),
        minutes: z.number().default(5),
        gently: z.boolean(),
        at: z.iso.time().optional(),
        tags: z.array(z.string()).default([]),
      }),
    )
    expect(made.intent).toBe('WakeInMinutes')
    expect(made.slots).toEqual([
      { name: 'who', required: true, heard: { kind: 'choice', values: ['foo', 'bar'] } },
      { name: 'minutes', required: false, heard: { kind: 'number' } },
      { name: 'gently', required: true, heard: { kind: 'yes-no' } },
    ])
    expect(made.dangerous).toBe(false)
  })

  test('hears dates, times, lengths of time and free text by the schema', () => {
    const fields = { day: z.iso.date(), time: z.iso.time(), long: z.iso.duration(), what: z.string() }
    expect(voice('remind me', of(fields)).slots.map(({ heard }) => heard.kind)).toEqual([
      'date',
      'time',
      'duration',
      'text',
    ])
  })

  test('that destroys asks back by itself, unless its author says otherwise', () => {
    const gone = flow({ input: z.strictObject({}), steps: destroy({ force: true }) as never })
    expect(voice('take it away', gone).dangerous).toBe(true)
    expect(voice('take it away', gone, { dangerous: false }).dangerous).toBe(false)
  })

  test('takes what is not spoken from its input', () => {
    const made = voice('plex on', of({ on: z.boolean(), tags: z.array(z.string()) }), {
      input: { on: true, tags: [] } as never,
    })
    expect(made.slots).toEqual([])
    expect(made.input).toEqual({ on: true, tags: [] })
  })

  test.each<[string, () => unknown, RegExp]>([
    ['no flow', () => voice('go', {} as never), /flow: it starts a flow/],
    ['what nobody can say', () => voice('go', of({ tags: z.array(z.string()) })), /tags: it can't be spoken/],
    ['a field with a digit', () => voice('go', of({ disk2: z.string() })), /disk2: it can't be spoken/],
    ['a digit', () => voice('plex 2 on', plain), /numbers are written as words/],
    ['a sign', () => voice('plex on!', plain), /letters, spaces, apostrophes/],
    ['a slot of no field', () => voice('stop {host}', plain), /\{host\} is no field/],
    [
      'free text alone',
      () => voice('{what}', of({ what: z.string() }), { intent: 'Any' }),
      /needs words around it/,
    ],
    [
      'free text beside another slot',
      () => voice('say {what} {count} times', of({ what: z.string(), count: z.number() })),
      /beside a slot of free text there is no other/,
    ],
    ['what Alexa hears herself', () => voice('stop', plain), /Alexa itself listens/],
    ['the same words twice', () => voice('plex on', plain, { samples: ['Plex On'] }), /stands there twice/],
    ['a bad intent', () => voice('plex on', plain, { intent: 'Plex2' }), /intent: say intent/],
    ['words without Latin letters', () => voice('プレックス', plain), /intent: say intent/],
    [
      'a language that is none',
      () => voice('plex on', plain, { locales: { 'xx-XX': { samples: ['a'] } } as never }),
      /no such language/,
    ],
    [
      'two values that sound alike',
      () => voice('wake {who}', of({ who: z.enum(['big-iron', 'bigIron']) })),
      /big-iron and bigIron are both said as "big iron"/,
    ],
    [
      'a word for no value',
      () =>
        voice('wake {who}', of({ who: z.enum(['foo']) }), {
          slots: { who: { values: { bar: ['x'] } } } as never,
        }),
      /"bar" is none of its values/,
    ],
    [
      'words for no slot',
      () => voice('plex on', plain, { slots: { who: { ask: 'Who?' } } as never }),
      /there is no such slot/,
    ],
    ['an unknown option', () => voice('plex on', plain, { replay: 'ok' } as never), /options/],
  ])('is refused for %s', (_, make, why) => {
    expect(make).toThrow(
      expect.objectContaining({ name: 'InvalidVoice', message: expect.stringMatching(why) }),
    )
  })
})

describe("a skill's name", () => {
  test.each(['my closet', "ada's closet", 'mein keller', 'the big closet'])('%s is one', name => {
    expect(invocationProblem(name)).toBeUndefined()
  })

  test.each([
    'closet',
    'My Closet',
    'the closet',
    'my 2 closets',
    'open closet',
    'my echo',
    'my  closet',
    'x'.repeat(60),
  ])('%s is none', name => {
    expect(invocationProblem(name)).toEqual(expect.any(String))
  })
})
