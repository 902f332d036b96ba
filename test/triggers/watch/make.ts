import * as z from 'zod'
import { flow } from '../../../src/core/flow.ts'
import { transform } from '../../../src/core/operation/map.ts'
import type { Reading } from '../../../src/core/readings.ts'
import type { Rules } from '../../../src/core/watches/rules.ts'

export const minute = 60_000

/** Above 70 for five minutes, over below 60, half an hour of rest and three times a day. */
export const usualRules: Rules = {
  when: value => value > 70,
  clears: value => value < 60,
  on: 'edge',
  forMs: 5 * minute,
  cooldownMs: 30 * minute,
  budget: { actions: 3, perMs: 24 * 60 * minute },
  reverses: false,
}

/** A reading that is believed for ten minutes. */
export const read = (value: unknown, at: number, maxAge = 10 * minute): Reading => ({
  known: true,
  value: value as never,
  at,
  until: at + maxAge,
})

export const nothing: Reading = { known: false, reason: 'absent', why: 'nothing came yet' }

export const noted = flow({
  input: z.strictObject({ value: z.number().optional() }),
  steps: transform((input: unknown) => input),
})
