import { flow, query, source } from 're-ops'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { InvalidInput } from '../../../src/core/errors.ts'
import { InvalidSchedule } from '../../../src/core/schedule/invalid.ts'
import { every } from '../../../src/core/schedule/when.ts'
import { isSchedule, type ScheduleOptions, schedule } from '../../../src/core/schedule.ts'

const tidy = flow({
  input: z.strictObject({ path: z.string().default('/'), days: z.coerce.number().optional() }),
  steps: input => source(input.path),
})
const nightly = every.day('22:00', 'Europe/Berlin')

describe('schedule', () => {
  test('keeps the flow, its time, and the input as the schema parsed it', () => {
    const declared = schedule(tidy, nightly, { days: '3' })
    expect(isSchedule(declared)).toBe(true)
    expect(declared.flow).toBe(tidy)
    expect(declared.when).toBe(nightly)
    expect(declared.input).toEqual({ path: '/', days: 3 })
    expect(declared.options).toEqual({
      retry: { attempts: 10, maxAgeSeconds: 3_600 },
      enabled: true,
      missed: 'skip',
      overlap: false,
    })
  })

  test('fills the input in where it may be left out', () => {
    expect(schedule(tidy, nightly).input).toEqual({ path: '/' })
  })

  test('takes all options, in any unit', () => {
    const { options } = schedule(
      tidy,
      nightly,
      {},
      {
        window: '15m',
        retry: { attempts: 0, maxAge: '1d' },
        enabled: false,
        missed: 'once',
        overlap: true,
      },
    )
    expect(options).toEqual({
      window: 900,
      retry: { attempts: 0, maxAgeSeconds: 86_400 },
      enabled: false,
      missed: 'once',
      overlap: true,
    })
  })

  test('refuses an input that its flow would refuse, when it is declared', () => {
    expect(() => schedule(tidy, nightly, { path: 7 } as never)).toThrow(InvalidInput)
    expect(() => schedule(tidy, nightly, { pth: '/' } as never)).toThrow(/schedule: .*pth/)
  })

  test('refuses an input that JSON would change', () => {
    const dated = flow({ input: z.strictObject({ at: z.coerce.date() }), steps: query('1') })
    expect(() => schedule(dated, nightly, { at: '2027-01-31' })).toThrow(/schedule: input: .*at is a Date/)
  })

  test('refuses what is no flow', () => {
    expect(() => schedule(source(1) as never, nightly)).toThrow(/schedule: flow: /)
    expect(isSchedule(tidy)).toBe(false)
    expect(isSchedule(null)).toBe(false)
  })

  test.each<[ScheduleOptions | Record<string, unknown>, string]>([
    [{ window: '30s' }, 'window'],
    [{ window: '90s' }, 'window'],
    [{ window: '25h' }, 'window'],
    [{ window: 'soon' }, 'window'],
    [{ retry: { attempts: 186 } }, 'retry.attempts'],
    [{ retry: { attempts: -1 } }, 'retry.attempts'],
    [{ retry: { attempts: 1.5 } }, 'retry.attempts'],
    [{ retry: { maxAge: '59s' } }, 'retry.maxAge'],
    [{ retry: { maxAge: '2d' } }, 'retry.maxAge'],
    [{ missed: 'all' }, 'missed'],
    [{ overlap: 'yes' }, 'overlap'],
    [{ enabled: 1 }, 'enabled'],
    [{ windw: '15m' }, 'options'],
  ])('%j is refused', (options, field) => {
    let thrown: unknown
    try {
      schedule(tidy, nightly, {}, options as ScheduleOptions)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(InvalidSchedule)
    expect((thrown as InvalidSchedule).field).toBe(field)
  })
})
