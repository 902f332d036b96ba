import { expect, test } from 'vitest'
import * as z from 'zod'
import { flow } from '../../../src/core/flow.ts'
import { transform } from '../../../src/core/operation/map.ts'
import { voice } from '../../../src/core/voice.ts'
import { wemo } from '../../../src/core/wemo.ts'
import { flowsIn } from '../../../src/run/flows-in.ts'
import { heardTwice } from '../../../src/run/voice/heard-twice.ts'
import { undoingFlows } from '../../../src/run/voice/undoing.ts'
import { voicesIn } from '../../../src/run/voices-in.ts'

const does = (what: string) => flow({ input: z.strictObject({}), steps: transform(() => what) })
const plexOn = does('on')
const plexOff = does('off')
const other = does('other')
const exports = (more: object) => ({ plexOn, plexOff, other, ...more })

function told(device: ReturnType<typeof wemo>, words: ReturnType<typeof voice>, runs = 'daemon' as const) {
  const exported = exports({ device, words })
  const flows = flowsIn(exported)
  return heardTwice({ wemos: [device], voices: voicesIn(exported, flows).values(), flows, runs })
}

test('a switch at home and a skill that hear the same are told of, with what has them act once', () => {
  const device = wemo('Plex', { on: plexOn, off: plexOff })
  expect(told(device, voice('plex on', plexOn))).toEqual([
    `the skill and the switch Plex both hear "plex on", and would start plexOn in AWS and plexOn here: runs: 'cloud' in wemo('Plex', …) has it act once`,
  ])
  expect(told(device, voice('plex now', plexOn))).toEqual([])
  expect(told(device, voice('radio on', plexOn))).toEqual([])
})

test('those that start the same flow in AWS are not, and those that start two flows are', () => {
  const device = wemo('plex', { on: plexOn, off: plexOff, runs: 'cloud' })
  expect(told(device, voice('plex on', plexOn))).toEqual([])
  expect(told(device, voice('plex off', other))).toEqual([
    expect.stringContaining('would start other and plexOff: let both start the same flow'),
  ])
})

test('a word is undone by what the skill and switches start for its opposite', () => {
  const device = wemo('plex', { on: plexOn, off: plexOff })
  const exported = exports({ device, words: voice('Plex off', other) })
  const flows = flowsIn(exported)
  const voices = [...voicesIn(exported, flows).values()]
  expect(undoingFlows({ device: 'plex', state: 'on' }, exported, flows, voices)).toEqual(['other', 'plexOff'])
  expect(undoingFlows({ device: 'plex', state: 'off' }, exported, flows, voices)).toEqual(['plexOn'])
  expect(undoingFlows({ device: 'tv', state: 'off' }, exported, flows, voices)).toEqual([])
})
