import { flow, pipe, sensor, source, transform, watch } from 're-ops'
import * as z from 'zod'

export const cool = flow({
  input: z.strictObject({ degrees: z.number().max(200) }),
  steps: transform((input: { degrees: number }) => input),
})
export const prices = flow({
  input: z.strictObject({}),
  steps: pipe(
    source([1]),
    transform(() => ({ price: 1, padding: '' })),
  ),
})
const heat = sensor('closet/heat', { maxAge: '10m' })

export const hot = watch('too-hot', {
  sensor: heat,
  when: degrees => degrees > 70,
  clears: degrees => degrees < 60,
  cooldown: '1h',
  flow: cool,
  input: degrees => ({ degrees }),
  runs: 'cloud',
})
export const lasting = watch('hot-for-long', {
  sensor: heat,
  when: degrees => degrees > 70,
  for: '5m',
  flow: cool,
  input: degrees => ({ degrees }),
  runs: 'cloud',
})
export const cheap = watch('cheap', {
  poll: { flow: prices, every: '1h', value: output => output.price },
  when: price => price < 5,
  flow: cool,
  input: price => ({ degrees: price }),
  runs: 'cloud',
})
