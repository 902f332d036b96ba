import { RevisionConflict, SystemHeld, type SystemStore } from '../../src/core/systems/store.ts'
import type { System } from '../../src/core/systems/system.ts'
import { systemClock } from '../../src/executor/index.ts'
import { log } from '../shared/log.ts'
import { interruption, type Signal } from './signal.ts'

export interface WritingParts {
  readonly store: Pick<SystemStore, 'list' | 'change'>
  readonly signal: AbortSignal
  /** Until when it is tried; milliseconds since the epoch. */
  readonly deadline: number
}

/** Milliseconds between tries while somebody changes or holds the system, up to this, by chance. */
const pause = 1_000

/**
 * Writes what EC2 says of an instance down as its system's problem. An instance that is none of ours is left alone, and so
 * is one of which worse is known. Rejects with `SystemHeld` where somebody works on the system for all that time: whoever
 * sent the event sends it again.
 */
export async function writeDown(said: Signal, { store, signal, deadline }: WritingParts) {
  for (;;) {
    const system = (await store.list()).find(one => one.provider === 'ec2' && one.ref === said.instance)
    if (system === undefined || isKnown(system, said)) {
      log({ message: system ? 'known already' : 'no system of ours', instance: said.instance })
      return { system: system?.id ?? null, written: false }
    }
    try {
      const author = { by: 'EC2', at: systemClock.now() }
      await store.change(system.id, system.revision, { problem: said.problem }, author)
      return { system: system.id, written: true }
    } catch (error) {
      const passing = error instanceof RevisionConflict || error instanceof SystemHeld
      if (!passing || systemClock.now() + pause >= deadline) throw error
      await systemClock.sleep(pause * (0.5 + Math.random() / 2), signal)
    }
  }
}

function isKnown({ problem }: System, said: Signal): boolean {
  return problem === said.problem || (!said.goes && problem?.startsWith(interruption) === true)
}
