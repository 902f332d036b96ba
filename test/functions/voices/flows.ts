import { alexa, exec, flow, hosts, pipe, transform, voice, wait } from 're-ops'
import * as z from 'zod'

const none = z.strictObject({})

export const plexOn = flow({ input: none, steps: pipe(transform(() => ({ on: true }))) })
export const plexOnVoice = voice('plex on', plexOn, {
  reply: 'ok',
  samples: ['turn on plex'],
  locales: { 'de-DE': { samples: ['plex an'], reply: 'gut' } },
})

export const counting = flow({
  input: z.strictObject({ count: z.number().int().min(1).max(5), machine: z.enum(['foo', 'big-iron']) }),
  steps: pipe(
    transform((input: { count: number; machine: string }) => input),
    alexa.reply(({ count, machine }: { count: number; machine: string }) => `${count} < 6 & on ${machine}`),
  ),
})
export const countVoice = voice('count to {count} on {machine}', counting, {
  samples: ['count'],
  slots: { machine: { ask: 'On which machine?', values: { 'big-iron': ['big iron', 'the server'] } } },
})

export const failing = flow({
  input: none,
  steps: transform(function breakApart(): string {
    throw new Error('the password is hunter2')
  }),
})
export const failVoice = voice('break it', failing)

export const slow = flow({ input: none, steps: pipe(wait('1h')) })
export const slowVoice = voice('take your time', slow, { reply: 'never said' })

const closet = hosts(['foo', 'bar', 'big-iron'])
export const reboot = flow({ input: none, steps: exec(closet, 'systemctl reboot') })
export const rebootVoice = voice('reboot everything', reboot, {
  dangerous: true,
  reply: 'all of them come back',
})

export const away = flow({ input: none, steps: transform(() => 1) })
export const awayVoice = voice('go away', away, { dangerous: 'Everything goes. Shall I?' })
