import { slept } from '../../../core/operation/host-limit.ts'
import type { Clock } from '../../../core/ports.ts'
import { type SystemLease, SystemLeaseLost, type SystemStore } from '../../../core/systems/store.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'

/** Milliseconds that a lease lasts: what others wait at the most after a process that died. */
const leaseMs = 30_000

/** Milliseconds after the last sign of a holder whose process is gone until its system is taken from it. */
const settling = 2_000

/** Between two looks at a lease that somebody else holds, milliseconds; with as much again of jitter. */
const lookEvery = 250

/** A system that is held: nobody else works on it until it is given back. */
export interface Hold {
  /** Stands on every change that is made under it. */
  readonly fence: number
  /** Aborted when the work is cancelled, and when the lease is lost. */
  readonly signal: AbortSignal
  /** Whether somebody else may have taken it. */
  readonly lost: boolean
  /** Gives it back, unless it was left to run out. */
  release(): Promise<void>
  /** Lets it run out by itself, because what was begun under it may still be going on. */
  lapse(): void
}

/** Who wants to hold what, and how long it may wait. Times are milliseconds since the epoch. */
export interface Claim {
  readonly id: string
  /** How failures call it. */
  readonly hostname: string
  readonly owner: string
  /** What stands on the lease for others to read. */
  readonly purpose: string
  readonly store: SystemStore
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly waitUntil: number
  /** The fence of a lease that was left for whoever goes on with its work, and that may still last. */
  readonly left?: number | undefined
  /** Whether a holder's process is known to be gone. */
  readonly isGone?: ((owner: string) => boolean) | undefined
  /** Says what is waited for. */
  readonly stage: (text: string) => void
}

/**
 * Takes the lease of a system, waiting for whoever has it, and keeps it renewed until it is given back. Throws
 * `SystemTrouble` with code `busy`, which names the holder, when the wait is over.
 */
export async function hold(claim: Claim): Promise<Hold> {
  const { id, owner, purpose, store, clock, signal } = claim
  const left = claim.left === undefined ? undefined : await takeUp(claim.left, claim)
  if (left !== undefined) return keep(left, claim)
  for (;;) {
    signal.throwIfAborted()
    const now = clock.now()
    const { lease, taken } = await store.acquire(id, owner, purpose, leaseMs, now)
    if (taken) return keep(lease, claim)
    // A process that is gone gives nothing back; what it had begun is over in a moment, or waits for repair.
    if (claim.isGone?.(lease.owner) && lease.until - now <= leaseMs - settling) {
      await store.release(id, lease.fence)
      continue
    }
    if (now >= claim.waitUntil) throw busy(lease, claim, now)
    claim.stage(`waiting for ${lease.owner}: ${lease.purpose}`)
    const pause = lookEvery * (1 + Math.random())
    await clock.sleep(Math.min(pause, claim.waitUntil - now), signal)
  }
}

/** The lease that an earlier slice of the same work left; nothing where somebody else has it by now. */
async function takeUp(fence: number, { id, store, clock }: Claim): Promise<SystemLease | undefined> {
  try {
    return await store.renew(id, fence, leaseMs, clock.now())
  } catch (error) {
    if (error instanceof SystemLeaseLost) return undefined
    throw error
  }
}

function busy(lease: SystemLease, { hostname, purpose }: Claim, now: number): SystemTrouble {
  const until = new Date(lease.until).toISOString()
  const forNow = Math.max(0, Math.ceil((lease.until - now) / 1000))
  return new SystemTrouble(
    'busy',
    `${hostname} is held by ${lease.owner} for ${lease.purpose}, until ${until} unless it is renewed (${forNow}s from now); nothing was done for ${purpose}; wait longer with { wait: '5m' }, or stop what holds it`,
    { detail: { holder: lease.owner, purpose: lease.purpose, until: lease.until } },
  )
}

function keep(lease: SystemLease, { id, hostname, store, clock, signal }: Claim): Hold {
  const done = new AbortController()
  const lost = new AbortController()
  const renew = async (): Promise<void> => {
    let until = lease.until
    while (await slept(clock, leaseMs / 3, done.signal)) {
      try {
        until = (await store.renew(id, lease.fence, leaseMs, clock.now())).until
      } catch (error) {
        // A store that can't be written for a moment is asked again for as long as the lease lasts.
        if (!(error instanceof SystemLeaseLost) && clock.now() < until) continue
        if (!done.signal.aborted) lost.abort(taken(hostname, error))
        return
      }
    }
  }
  const renewing = renew()
  let lapsing = false
  return {
    fence: lease.fence,
    signal: AbortSignal.any([signal, lost.signal]),
    get lost() {
      return lost.signal.aborted
    },
    lapse: () => {
      lapsing = true
      done.abort('it is left to run out')
    },
    release: async () => {
      if (lapsing) return
      done.abort('it is given back')
      await renewing
      await store.release(id, lease.fence)
    },
  }
}

function taken(hostname: string, cause: unknown): SystemTrouble {
  return new SystemTrouble(
    'unknown',
    `the lease of ${hostname} was lost while it was worked on, so that somebody else may be at work on it: it may have been changed, wholly or in part; look with reops list, and go on with reops repair ${hostname}`,
    { cause },
  )
}
