import type { Flow } from '../../core/flow.ts'
import type { Reading } from '../../core/readings.ts'
import type { Watch } from '../../core/watch.ts'
import type { KeptDecision, WatchState } from '../../core/watches/state.ts'
import { decide } from './decide.ts'
import { lengthText } from './length.ts'
import { sourceName, valueText } from './source-name.ts'

/** All that an explanation is made of. */
export interface Situation {
  readonly watch: Watch
  readonly state: WatchState
  /** What is known now. */
  readonly reading: Reading
  /** The keeper's time, and the same moment in milliseconds since the epoch. */
  readonly now: number
  readonly wall: number
  /** The last action that was decided, where there was one. */
  readonly last?: KeptDecision | undefined
  /** How a flow is called. */
  readonly nameOf: (flow: Flow) => string
  /** How a moment is written; ISO 8601 when left out. Milliseconds since the epoch. */
  readonly timeText?: ((wall: number) => string) | undefined
}

/**
 * Says in sentences what a watch knows, why it does or does not act now, and when that may change.
 *
 * @example
 * explain(situation)
 * // ['closet/temperature is 71.5 °C, 12 s old.',
 * //  'It has held for 2 min of 5 min. If it goes on, stopCloset is started at 2026-11-28T14:05:00.000Z.', …]
 */
export function explain(situation: Situation): string[] {
  const { watch, state, reading, now } = situation
  const decided = decide(watch.rules, state, reading, now)
  return [
    readingSentence(situation, decided.unknown?.why),
    ...phaseSentences(situation, decided),
    budgetSentence(watch, decided.state),
    lastSentence(situation),
  ].filter(sentence => sentence !== undefined)
}

type Decided = ReturnType<typeof decide>

function readingSentence({ watch, reading, now }: Situation, why: string | undefined): string {
  const name = sourceName(watch.source)
  if (!reading.known) return `Nothing is known of ${name}: ${reading.why}.`
  const age = lengthText(now - reading.at)
  const said = `${name} is ${valueText(watch.source, reading.value)}, ${age} old`
  return why === undefined ? `${said}.` : `${said}, and says nothing: ${why}.`
}

function phaseSentences(situation: Situation, { state, code, unknown }: Decided): (string | undefined)[] {
  const { watch, nameOf } = situation
  const flow = nameOf(watch.flow.flow)
  const undo = watch.onClear === undefined ? '' : nameOf(watch.onClear.flow)
  const at = (steady: number) => timeOf(situation, steady)
  const since = `since ${at(state.since)}`
  if (unknown !== undefined) return ['It does nothing about what it does not know.', paused(watch, state)]
  switch (code) {
    case 'calm':
      return [`What it watches for does not hold ${since}.`]
    case 'broken':
      return [`It stopped holding before it had held for ${lengthText(watch.rules.forMs)}.`]
    case 'waiting': {
      const { forMs } = watch.rules
      const held = state.dwell?.held ?? 0
      const deadline = at(situation.now + forMs - held)
      return [
        `It has held for ${lengthText(held)} of ${lengthText(forMs)}. If it goes on, ${flow} is started at ${deadline}.`,
      ]
    }
    case 'act':
      return [`It holds: ${flow} is to be started now.`]
    case 'reverse':
      return [`It has cleared: ${undo} is to be started now.`]
    case 'standing':
      return [`It holds ${since}, and ${flow} was started.`, again(situation, state)]
    case 'between':
      return [`It no longer holds, and has not cleared: nothing is done until it does either.`]
    case 'cleared':
      return ['It has cleared.']
    case 'cooling':
      return [`${next(state, flow, undo)} waits for the cool-down, until ${at(state.cooldownUntil)}.`]
    case 'spent': {
      const { actions, perMs } = watch.rules.budget
      const free = state.actions[state.actions.length - actions]! + perMs
      return [
        `${next(state, flow, undo)} waits: the budget of ${actions} in ${lengthText(perMs)} is spent until ${at(free)}.`,
      ]
    }
    case 'unknown':
      return []
  }
}

function paused({ rules }: Watch, { dwell }: WatchState): string | undefined {
  if (dwell === undefined) return undefined
  return `It had held for ${lengthText(dwell.held)} of ${lengthText(rules.forMs)}, which goes on when something is known within ${lengthText(rules.forMs)}.`
}

function again(situation: Situation, state: WatchState): string | undefined {
  const { rules } = situation.watch
  if (rules.on === 'edge') return 'It acts again when it has cleared and holds once more.'
  return `If it still holds, it is started again at ${timeOf(situation, state.cooldownUntil)}.`
}

function next(state: WatchState, flow: string, undo: string): string {
  return state.phase === 'active' ? flow : undo
}

function budgetSentence({ rules }: Watch, { actions }: WatchState): string {
  const { actions: most, perMs } = rules.budget
  return `${Math.max(0, most - actions.length)} of ${most} actions in ${lengthText(perMs)} are left.`
}

function lastSentence({ last, timeText }: Situation): string | undefined {
  if (last?.action === undefined) return 'It never did anything.'
  const { key, carried, problem } = last.action
  const when = (timeText ?? isoText)(last.at)
  const how = {
    decided: 'was decided and is not started yet',
    started: 'was started',
    failed: 'could not be started',
    lapsed: 'was decided and not started in time, and is not started any more',
  }[carried]
  return `Last, ${key} ${how}, at ${when}${problem === undefined ? '' : `: ${problem}`}.`
}

function timeOf({ now, wall, timeText }: Situation, steady: number): string {
  return (timeText ?? isoText)(wall + steady - now)
}

function isoText(wall: number): string {
  return new Date(wall).toISOString()
}
