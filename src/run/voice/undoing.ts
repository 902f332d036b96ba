import type { Flow } from '../../core/flow.ts'
import { isWemo } from '../../core/wemo.ts'
import { type DeviceWord, deviceWord, type NamedVoice } from '../../triggers/alexa/index.ts'

/**
 * The names of the flows that undo a word: of "plex on" those that "plex off" starts, said to the skill or to a switch.
 *
 * @example
 * undoingFlows({ device: 'plex', state: 'on' }, exported, flows, voices.values()) // ['plexOff']
 */
export function undoingFlows(
  { device, state }: DeviceWord,
  exported: Readonly<Record<string, unknown>>,
  flows: ReadonlyMap<string, Flow>,
  voices: Iterable<NamedVoice>,
): readonly string[] {
  const is = (name: string) => name.toLowerCase() === device.toLowerCase()
  const undoes = state === 'on' ? 'off' : 'on'
  const said = [...voices].filter(({ voice }) => {
    const word = deviceWord(voice)
    return word !== undefined && is(word.device) && word.state === undoes
  })
  const switched = Object.values(exported)
    .filter(isWemo)
    .filter(({ name }) => is(name))
    .map(wemo => wemo[undoes].flow)
  const names = [...flows].filter(([, flow]) => switched.includes(flow)).map(([name]) => name)
  return [...new Set([...said.map(({ flow }) => flow), ...names])].sort()
}
