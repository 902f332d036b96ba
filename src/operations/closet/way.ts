import type { Context } from '../../core/context.ts'
import { ReopsError } from '../../core/errors.ts'
import { slept } from '../../core/operation/host-limit.ts'
import type { SystemLease } from '../../core/systems/store.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { systemsOf } from '../systems/job/wired.ts'
import { bringingUp, type ClosetOutcome, shuttingDown } from './stages.ts'

/**
 * Who takes a closet down and who brings it up, so that the two never undo each other: the leases of systems protect each
 * system, and nothing of that the sequence.
 *
 * Each execution says where it goes by a lease in the store of systems, `closet/<name>/down/<slot>` or `…/up/<slot>`, before
 * it looks where others go. So of two that begin at once at least one sees the other, and it is settled who gives way:
 *
 * - **A shutdown wins.** It is asked for by heat, or by a person who is about to pull a plug, and a bring-up takes up to an
 *   hour of firmware and readiness: what is late for a start costs minutes, what is late for a stop costs the machines. A
 *   bring-up that hears of one starts nobody more, lets go of those whom it is at within seconds, and fails them as `busy`.
 *   The shutdown waits for that for a short while, so that it sees who is on, and not at all for one that is silent.
 * - **A bring-up waits**, with a deadline, and fails by `ClosetBusy`, which says who shuts down since when: nothing burns.
 * - Two that go the same way go together; leases of systems are enough for them.
 *
 * Leases last over the pause between two steps and are kept while one works. A process that dies renews none, so that the
 * closet is free again after `leaseMs`; whoever goes on with its execution takes up its lease.
 */
export type Way = 'down' | 'up'

/** The closet's sequence is under way in the other direction. */
class ClosetBusy extends ReopsError {
  override readonly name = 'ClosetBusy'
  override readonly slug = 'closet-busy'
  override readonly retryable = true
}

/** The closet of those who say no name. */
export const theCloset = 'closet'

/** Milliseconds. Between two steps of a sequence nobody renews, and the longest such pause is a look at providers. */
const leaseMs = 120_000
const renewEvery = 20_000
/** How often a bring-up looks whether somebody shuts down, in milliseconds. */
const lookEvery = 2_000
/** How long a shutdown waits for bring-ups to let go, in milliseconds: they need two looks. Heat waits for no more. */
const giveWayMs = 15_000
/** Milliseconds between two looks of whoever waits, with half as much again of jitter. */
const pauseMs = 500
/** So many executions go the same way at once; a store keeps a record of each place for good, so they are few. */
const slots = 32

/** A sequence on its way. */
export interface Going {
  /** Aborted with the step, and when this has to give way. */
  readonly signal: AbortSignal
  /** Looks at once. Throws `SystemTrouble` with code `busy` where this has to give way. */
  check(): Promise<void>
}

const verb = { down: shuttingDown, up: bringingUp } as const
const prefix = (closet: string, way: Way) => `closet/${closet}/${way}/`
const mark = ({ execution }: Context) => ` of ${execution.flow} in execution ${execution.name}`

/** Leases of a closet that others have, who went first before all. */
async function others(
  way: Way,
  closet: string,
  context: Context,
): Promise<readonly (readonly [string, SystemLease])[]> {
  const held = await (await systemsOf(context).store()).holders(context.clock.now())
  return [...held]
    .filter(([id, { purpose }]) => id.startsWith(prefix(closet, way)) && !purpose.endsWith(mark(context)))
    .sort(([, a], [, b]) => (a.since ?? 0) - (b.since ?? 0))
}

/**
 * Takes the execution's lease, or goes on with the one that an earlier step or a process that died has left. Answers whether
 * this process had none before.
 */
async function raise(way: Way, closet: string, context: Context): Promise<boolean> {
  const systems = systemsOf(context)
  const store = await systems.store()
  const { clock } = context
  const mine = [...(await store.holders(clock.now()))].filter(
    ([id, { purpose }]) => id.startsWith(prefix(closet, way)) && purpose.endsWith(mark(context)),
  )
  for (const [id, { owner, fence }] of mine) {
    const renewed =
      owner === systems.owner &&
      (await store.renew(id, fence, leaseMs, clock.now()).then(
        () => true,
        () => false,
      ))
    if (renewed) return false
  }
  const purpose = `${verb[way]}${mark(context)}`
  for (let slot = 0; slot < slots; slot++) {
    const id = `${prefix(closet, way)}${slot}`
    const { taken } = await store.acquire(id, systems.owner, purpose, leaseMs, clock.now())
    if (!taken) continue
    // Another process' is given back only now: there is no moment without one.
    for (const [left, { fence }] of mine) await store.release(left, fence)
    return true
  }
  throw new ClosetBusy(
    `${slots} executions ${way === 'down' ? 'shut' : 'bring'} ${closet} ${way} at once, and no more may; reops executions --status running names them`,
  )
}

/** Says that the execution does not go that way any more. What can't be said runs out. */
export async function lower(way: Way, closet: string, context: Context): Promise<void> {
  try {
    const store = await systemsOf(context).store()
    for (const [id, { purpose, fence }] of await store.holders(context.clock.now()))
      if (id.startsWith(prefix(closet, way)) && purpose.endsWith(mark(context)))
        await store.release(id, fence)
  } catch {
    // It was only good manners.
  }
}

/**
 * Goes down, or goes on to: at the beginning bring-ups are made to give way, which is waited for for a short while. Nothing
 * keeps it from going on.
 */
export async function goDown(closet: string, context: Context): Promise<void> {
  const { clock, signal, step } = context
  const systems = systemsOf(context)
  try {
    if (!(await raise('down', closet, context))) return
    for (const until = clock.now() + giveWayMs; clock.now() < until; ) {
      const all = await others('up', closet, context)
      const [first] = all.filter(([, { owner }]) => !systems.isGone?.(owner))
      if (first === undefined) return
      context.progress({ kind: 'stage', step, host: closet, stage: `${first[1].purpose} has to give way` })
      if (!(await slept(clock, pauseMs * (1 + Math.random() / 2), signal))) return
    }
  } catch {
    // A store that can't be asked must not keep anybody hot; stages meet it themselves, system by system.
  }
}

/**
 * Begins to bring up: waits so many milliseconds for those who shut down. Throws `ClosetBusy`, and what the store throws;
 * nothing is held then.
 */
export async function goUp(closet: string, waitMs: number, context: Context): Promise<void> {
  const { clock, signal, step } = context
  for (const until = clock.now() + waitMs; ; ) {
    signal.throwIfAborted()
    await raise('up', closet, context)
    const [first] = await others('down', closet, context)
    if (first === undefined) return
    await lower('up', closet, context)
    if (clock.now() >= until)
      throw new ClosetBusy(`${busy(closet, first[1])}; nothing was started`, {
        detail: { holder: first[1].owner, purpose: first[1].purpose, since: first[1].since },
      })
    context.progress({ kind: 'stage', step, host: closet, stage: `waiting for ${first[1].purpose}` })
    await clock.sleep(Math.min(pauseMs * (1 + Math.random() / 2), Math.max(1, until - clock.now())), signal)
  }
}

function busy(closet: string, { owner, purpose, since }: SystemLease): string {
  const from = since === undefined ? '' : ` since ${new Date(since).toISOString()}`
  return `${closet} is being shut down by ${owner}, ${purpose}${from}: wait until that has ended, or cancel it, and bring up again`
}

/** Keeps an execution on its way while `work` works, and makes it give way where it has to. */
export async function whileGoing<T>(
  way: Way,
  closet: string,
  context: Context,
  work: (going: Going) => Promise<T>,
): Promise<T> {
  const { clock } = context
  const done = new AbortController()
  const lost = new AbortController()
  const look = async () => {
    if (way === 'down') return
    const [first] = await others('down', closet, context)
    if (first === undefined) return
    const trouble = new SystemTrouble('busy', `${busy(closet, first[1])}; it gave way to that`, {
      detail: { error: 'ClosetBusy', purpose: first[1].purpose, since: first[1].since },
    })
    lost.abort(trouble)
    throw trouble
  }
  const keep = async () => {
    for (let renewed = clock.now(); await slept(clock, lookEvery, done.signal); ) {
      // A store that can't be asked for a moment is asked again.
      await look().catch(() => {})
      if (lost.signal.aborted) return
      if (clock.now() - renewed < renewEvery) continue
      renewed = clock.now()
      await raise(way, closet, context).catch(() => {})
    }
  }
  const keeping = keep()
  try {
    return await work({ signal: AbortSignal.any([context.signal, lost.signal]), check: look })
  } finally {
    done.abort('the step has ended')
    await keeping
  }
}

/** The name of the closet that an outcome is of. */
export function closetOf({ successful }: ClosetOutcome): string {
  return successful.find(({ value }) => value.closet !== undefined)?.value.closet ?? theCloset
}
