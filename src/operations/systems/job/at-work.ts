import type { Context } from '../../../core/context.ts'
import { withinLimits } from '../../../core/operation/host-limit.ts'
import type { HostTrouble } from '../../../core/ports.ts'
import type { Turn } from '../../../core/slices.ts'
import type { Job, Provider } from '../../../core/systems/provider.ts'
import { RevisionConflict, type SystemStore, UnknownSystem } from '../../../core/systems/store.ts'
import type { System, SystemChange } from '../../../core/systems/system.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import { isInterrupted } from './by-slices.ts'
import type { Hold } from './hold.ts'
import { toTrouble } from './trouble.ts'

/** Milliseconds that a provider has to end by itself after its time, before we stop waiting for it. */
const providerGrace = 6_000

/** How often a change is made from a newer revision; under a lease others hardly ever write. */
const conflicts = 3

/** What is asked of a provider. */
export type Call<T> = (provider: Provider, job: Job) => Promise<T>

/** One system that is held and worked on. */
export interface AtWork {
  /** As it is in the store, the last change included. */
  readonly system: System
  readonly provider: Provider
  readonly job: Job
  /** What the provider said that a person should know. */
  readonly warnings: readonly string[]
  /** The lease was lost, or a call was given up on: what is known of it is not sure any more. */
  readonly lost: boolean
  /** A call of the provider was given up on and may still be going on. */
  readonly givenUp: boolean
  /** A call of the provider came as far as a stage: from then on it may have changed something. */
  readonly begun: boolean
  /** How far it came, where it is worked on in slices. */
  readonly turn: Turn | undefined
  /** Whether a trouble is none, because it only ends a slice that is gone on from. */
  isInterrupted(trouble: Error): boolean
  change(change: SystemChange): Promise<System>
  /** Takes it out of the store. */
  remove(): Promise<void>
  /** Calls the provider, within the deadline and a grace, even where it ignores both. */
  ask<T>(call: Call<T>): Promise<T>
  /** Calls the provider although the work was cancelled or its time is over, for a moment: to learn the truth. */
  askAfter<T>(ms: number, call: Call<T>): Promise<T>
}

/** What a system is worked on with. `host` is how the step calls it; `until` is milliseconds since the epoch. */
export interface Work {
  readonly system: System
  readonly host: string
  readonly provider: Provider
  readonly store: SystemStore
  readonly hold: Hold
  /** Who changes it, for its history. */
  readonly by: string
  readonly until: number
}

/** Wraps a held system so that its changes are written in order, with the fence of its lease. */
export function atWork(work: Work, context: Context): AtWork {
  const { provider, store, hold, by, host } = work
  const { clock, step, turn } = context
  const warnings: string[] = []
  let system = work.system
  let givenUp = false
  // What an earlier slice began is not as it was before.
  let begun = turn?.continued ?? false
  let queue: Promise<unknown> = Promise.resolve()
  let trouble: { readonly error: unknown } | undefined

  const author = () => ({ by, at: clock.now(), fence: hold.fence })
  const inOrder = <T>(write: () => Promise<T>): Promise<T> => {
    const written = queue.then(write)
    queue = written.catch(() => undefined)
    return written
  }
  const write = async (change: SystemChange): Promise<System> => {
    for (let attempt = 1; ; attempt++) {
      try {
        system = await store.change(system.id, system.revision, change, author())
        return system
      } catch (error) {
        if (!(error instanceof RevisionConflict) || attempt >= conflicts) throw error
        const now = await store.get(system.id)
        if (now === undefined)
          throw new UnknownSystem(`${system.hostname} was removed while it was worked on`)
        system = now
      }
    }
  }
  const stage = (text: string): void => {
    context.progress({ kind: 'stage', step, host, stage: text })
    inOrder(() => write({ stage: text })).catch(error => {
      trouble ??= { error }
    })
  }
  const job: Job = {
    signal: hold.signal,
    deadline: work.until,
    clock,
    stage,
    warn: text => {
      if (!warnings.includes(text)) warnings.push(text)
    },
  }
  const bounded = async <T>(under: Job, grace: number, call: Call<T>): Promise<T> => {
    const allowed = Math.max(1, under.deadline - clock.now())
    const told: Job = {
      ...under,
      stage: text => {
        begun = true
        stage(text)
      },
    }
    const settled = settle(() => call(provider, told))
    const limits = { allowed, clock, signal: under.signal, grace }
    const answer = await withinLimits(settled, limits).catch((cause: HostTrouble) => {
      givenUp = true
      const message = `${provider.name}: ${cause.message}; what it was doing may still happen`
      throw new SystemTrouble('unknown', message, { cause })
    })
    if ('error' in answer) throw answer.error
    return answer.value
  }
  return {
    get system() {
      return system
    },
    provider,
    job,
    warnings,
    get lost() {
      return hold.lost
    },
    get givenUp() {
      return givenUp
    },
    get begun() {
      return begun
    },
    turn,
    isInterrupted: trouble =>
      trouble instanceof SystemTrouble &&
      !hold.lost &&
      isInterrupted(trouble, turn, { deadline: work.until, now: clock.now() }),
    change: change =>
      inOrder(async () => {
        if (trouble) throw trouble.error
        return write(change)
      }),
    remove: () => inOrder(() => store.remove(system.id, system.revision, author())),
    ask: async call => {
      if (job.signal.aborted) throw toTrouble(job.signal.reason, job.signal)
      return bounded(job, providerGrace, call)
    },
    askAfter: (ms, call) =>
      bounded({ ...job, signal: new AbortController().signal, deadline: clock.now() + ms }, ms, call),
  }
}

type Settled<T> = { readonly value: T } | { readonly error: unknown }

/** So that what the provider throws is told apart from what its bounds throw. */
async function settle<T>(call: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await call() }
  } catch (error) {
    return { error }
  }
}
