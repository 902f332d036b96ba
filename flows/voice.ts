import { alexa, flow, pipe, pretty, running, start, stop, systems, typed, voice, wemo } from 're-ops'
import * as z from 'zod'

const input = z.strictObject({})

export const plexOn = flow({
  description: 'start plex',
  input,
  steps: pipe(
    systems(typed('plex')),
    start(),
    pretty(),
    alexa.reply(out => (out.failure.length === 0 ? 'plex is on' : 'plex did not start')),
  ),
})

export const plexOff = flow({
  description: 'stop plex, in order',
  input,
  steps: pipe(
    systems(typed('plex')),
    stop(),
    pretty(),
    alexa.reply(out => (out.failure.length === 0 ? 'plex is off' : 'plex did not stop')),
  ),
})

export const plexIsOn = flow({
  description: 'whether plex runs',
  input,
  steps: systems(typed('plex'), running),
})

/** "Alexa, ask closet for plex on": by the skill. */
export const sayPlexOn = voice('plex on', plexOn, { reply: 'ok', samples: ['turn plex on', 'start plex'] })
export const sayPlexOff = voice('plex off', plexOff, { reply: 'ok', samples: ['turn plex off', 'stop plex'] })

/** "Alexa, plex on": without any skill, as a switch that an Echo finds in the network. */
export const plex = wemo('plex', {
  on: plexOn,
  off: plexOff,
  state: { flow: plexIsOn, value: found => found.successful.length > 0 },
})
