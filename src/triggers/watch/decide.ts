import type { Reading, Unknown } from '../../core/readings.ts'
import type { Rules } from '../../core/watches/rules.ts'
import type { ActionName, Code, WatchState } from '../../core/watches/state.ts'
import { beginDwell, continueDwell, pauseDwell } from './dwell.ts'
import { judge } from './judge.ts'

/** What a watch decided: what it remembers from now on, what there is to do, and when to look again. */
export interface Decided {
  readonly state: WatchState
  readonly code: Code
  /** What is to be done; absent where nothing is. */
  readonly action?: ActionName | undefined
  /** Where nothing is known. */
  readonly unknown?: Unknown | undefined
  /** When the same reading may lead to something else; absent where it can't. */
  readonly wakeAt?: number | undefined
}

/** A watch that has seen nothing. `begun` is milliseconds since the epoch, `now` the keeper's time. */
export function newState(begun: number, now: number): WatchState {
  return {
    begun,
    now,
    phase: 'calm',
    since: now,
    owed: false,
    cooldownUntil: now,
    actions: [],
    sequence: 0,
    said: 'calm',
  }
}

/**
 * Decides what a watch does about a reading. Nothing else is known to it than what it is given, and nothing happens: whoever
 * acts writes the answer down first.
 *
 * 1. It acts on a known reading for which `when` holds, and reverses on one for which it has cleared; never on another.
 * 2. No two actions are nearer to each other than the cool-down, and there are no more of them in any time of the budget.
 *    What is held back by either is done later, if there is still reason to.
 * 3. Time does not go backwards: a `now` from before the last decision is that of the last decision.
 *
 * @example
 * const { state, action } = decide(watch.rules, before, { known: true, value: 71, at, until }, now)
 */
export function decide(rules: Rules, before: WatchState, reading: Reading, now: number): Decided {
  const at = Math.max(now, before.now)
  const verdict = judge(rules, reading, at)
  const aged = { ...before, now: at, actions: within(before.actions, at - rules.budget.perMs) }
  if (!verdict.known) return unknown(aged, verdict)
  const { unknownSince: _, ...seen } = aged
  const moved = move(rules, seen, verdict, at)
  const due = dueAction(rules, moved.state, verdict)
  const decided = due === undefined ? moved : attempt(rules, moved.state, due, at)
  const { state, code } = decided
  return {
    state: { ...state, said: code },
    code,
    action: code === 'act' || code === 'reverse' ? due : undefined,
    wakeAt: nextLook(rules, state, verdict.until, decided.freeAt),
  }
}

interface Known {
  readonly holds: boolean
  readonly clears: boolean
  readonly until: number
}

interface Moved {
  readonly state: WatchState
  readonly code: Code
  /** When what holds it back ends. */
  readonly freeAt?: number | undefined
}

function unknown(state: WatchState, why: Unknown): Decided {
  const { dwell } = state
  return {
    state: {
      ...state,
      ...(dwell === undefined ? {} : { dwell: pauseDwell(dwell, state.now) }),
      unknownSince: state.unknownSince ?? state.now,
      said: 'unknown',
    },
    code: 'unknown',
    unknown: why,
  }
}

/** Follows the reading through the phases. */
function move(rules: Rules, state: WatchState, { holds, clears, until }: Known, at: number): Moved {
  if (state.phase === 'active') {
    if (holds) return { state: rules.on === 'level' ? { ...state, owed: true } : state, code: 'standing' }
    if (!clears) return { state, code: 'between' }
    return { state: enter(state, 'calm', at), code: 'cleared' }
  }
  if (!holds)
    return state.phase === 'pending'
      ? { state: enter(state, 'calm', at), code: 'broken' }
      : { state, code: 'calm' }
  const dwell =
    state.dwell === undefined ? beginDwell(at, until) : continueDwell(state.dwell, at, until, rules.forMs)
  if (dwell.held < rules.forMs) {
    const pending = state.phase === 'pending' ? state : enter(state, 'pending', at)
    return { state: { ...pending, dwell }, code: 'waiting' }
  }
  // What was never reversed stands; an edge has nothing to add to it.
  const stands = rules.reverses && rules.on === 'edge' && state.stands === 'flow'
  return { state: { ...enter(state, 'active', at), owed: !stands }, code: 'standing' }
}

function enter(state: WatchState, phase: WatchState['phase'], at: number): WatchState {
  const { dwell: _, ...rest } = state
  return { ...rest, phase, since: at, owed: false }
}

function dueAction(rules: Rules, state: WatchState, { holds, clears }: Known): ActionName | undefined {
  if (state.phase === 'active') return holds && state.owed ? 'flow' : undefined
  const reversible = rules.reverses && state.phase === 'calm' && state.stands === 'flow'
  return reversible && clears ? 'onClear' : undefined
}

function attempt(rules: Rules, state: WatchState, action: ActionName, at: number): Moved {
  if (at < state.cooldownUntil) return { state, code: coolingCode(rules, state), freeAt: state.cooldownUntil }
  const { actions: most, perMs } = rules.budget
  if (state.actions.length >= most)
    return { state, code: 'spent', freeAt: state.actions[state.actions.length - most]! + perMs }
  const done: WatchState = {
    ...state,
    owed: false,
    stands: action,
    cooldownUntil: at + rules.cooldownMs,
    actions: [...state.actions, at],
    sequence: state.sequence + 1,
  }
  // A level acts again when it has cooled down.
  const again = action === 'flow' && rules.on === 'level' ? done.cooldownUntil : undefined
  return { state: done, code: action === 'flow' ? 'act' : 'reverse', freeAt: again }
}

/** A level whose action stands has nothing to say of the cool-down until it would act again. */
function coolingCode(rules: Rules, state: WatchState): Code {
  const acted = state.phase === 'active' && state.stands === 'flow'
  return acted && rules.on === 'level' && state.since <= (state.actions.at(-1) ?? -1) ? 'standing' : 'cooling'
}

function nextLook(rules: Rules, state: WatchState, until: number, freeAt: number | undefined): number {
  // Just after it: until then the reading is believed.
  const stale = until + 1
  const { dwell } = state
  const held = dwell === undefined ? undefined : state.now + (rules.forMs - dwell.held)
  return Math.min(stale, held ?? stale, freeAt ?? stale)
}

/** Those after a time, without a copy where all are. */
function within(times: readonly number[], after: number): number[] {
  return times.length > 0 && times[0]! <= after ? times.filter(time => time > after) : (times as number[])
}
