import { bringUpCloset, email, flow, hosts, pipe, pretty, sensor, shutdownCloset, watch } from 're-ops'
import * as z from 'zod'

/**
 * Hypervisors that are shut down by SSH and switched on by hand. What `machines` of `reops.config.ts` has is woken as well,
 * and need not stand here.
 */
const iron = hosts({ user: 'root' }, ['iron-1', 'iron-2'])
const to = 'ops@example.org'

export const closetTemperature = sensor('closet/temperature', z.number().min(-40).max(150), {
  maxAge: '5m',
  unit: '°C',
})

export const stopCloset = flow({
  description: 'shut the closet down in order: guests, containers, hosts; never the one that this is on',
  input: z.strictObject({ celsius: z.number().optional() }),
  steps: pipe(
    shutdownCloset({
      hosts: iron,
      stages: {
        guests: { within: '3m', late: 'cut off' },
        containers: { within: '1m', late: 'cut off' },
        hosts: { within: '5m' },
      },
    }),
    email({ to, subject: 'The closet was too hot and is shut down' }),
    pretty(),
  ),
})

export const startCloset = flow({
  description: 'bring up what stopCloset shut down, and nothing else',
  input: z.strictObject({ celsius: z.number().optional() }),
  steps: pipe(
    bringUpCloset({ hosts: iron }),
    email({ to, subject: 'The closet has cooled down and is up again' }),
    pretty(),
  ),
})

/** While it stays hot, it is tried again after each cool-down: who did not go the first time may go then. */
export const tooHot = watch('too-hot', {
  sensor: closetTemperature,
  when: celsius => celsius > 70,
  for: '1m',
  clears: celsius => celsius < 55,
  cooldown: '30m',
  flow: stopCloset,
  input: celsius => ({ celsius }),
  onClear: { flow: startCloset, input: celsius => ({ celsius }) },
})
