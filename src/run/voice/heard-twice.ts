import type { Flow } from '../../core/flow.ts'
import { keeperOf, type Runs } from '../../core/runs.ts'
import type { Wemo } from '../../core/wemo.ts'
import { deviceWord, type NamedVoice } from '../../triggers/alexa/index.ts'

interface HeardTwiceOptions {
  readonly wemos: readonly Wemo[]
  readonly voices: Iterable<NamedVoice>
  readonly flows: ReadonlyMap<string, Flow>
  /** Where switches that don't say it start their flows. */
  readonly runs: Runs
}

/**
 * What a switch and a skill would both start, each as a sentence: a word that both hear acts once only where both start the
 * same flow in the same place.
 *
 * @example
 * heardTwice({ wemos: [wemo('plex', { on: plexOn, off: plexOff })], voices, flows, runs: 'daemon' })
 */
export function heardTwice({ wemos, voices, flows, runs }: HeardTwiceOptions): readonly string[] {
  const nameOf = (flow: Flow) => [...flows].find(([, one]) => one === flow)?.[0] ?? 'a flow'
  return [...voices].flatMap(({ voice, flow }) => {
    const word = deviceWord(voice)
    const device = wemos.find(({ name }) => name.toLowerCase() === word?.device.toLowerCase())
    if (word === undefined || device === undefined) return []
    const { name } = device
    const own = nameOf(device[word.state].flow)
    const said = `the skill and the switch ${name} both hear "${voice.utterance}"`
    if (keeperOf(device.runs, { runs }) === 'daemon')
      return [
        `${said}, and would start ${flow} in AWS and ${own} here: runs: 'cloud' in wemo('${name}', …) has it act once`,
      ]
    if (own === flow) return []
    return [`${said}, and would start ${flow} and ${own}: let both start the same flow, so that it acts once`]
  })
}
