import type { Context } from '../../../core/context.ts'
import type { FailureCode } from '../../../core/outcome.ts'
import { HostTrouble } from '../../../core/ports.ts'
import type { Status } from '../../../core/systems/provider.ts'
import type { SystemChange } from '../../../core/systems/system.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import type { AtWork } from './at-work.ts'
import { mark } from './by-slices.ts'
import { changeBy, HalfDone } from './move.ts'
import { toTrouble } from './trouble.ts'
import { systemsOf } from './wired.ts'

/**
 * What a machine has to pass before it counts as ready, with milliseconds for it. Asking a provider costs little, and
 * knocking at a machine that is busy with its start costs it more: so the pauses between two looks differ. A pause is a
 * share of the wait so far, so that looking too late adds at most about that share to it, up to so many milliseconds.
 */
const probes = {
  running: { waitingFor: 'the machine to run', limit: 60_000, share: 1 / 25, longestPause: 1_000 },
  address: { waitingFor: 'an address', limit: 180_000, share: 1 / 25, longestPause: 1_000 },
  ssh: { waitingFor: 'SSH', limit: 300_000, share: 1 / 12, longestPause: 3_000 },
} as const

type Probe = keyof typeof probes

/** Milliseconds between two looks at the beginning; each pause is up to half longer or shorter. */
const shortestPause = 150

/** Milliseconds for one attempt at SSH: a port that is open before its machine is up answers nothing. */
const sshAttempt = 15_000

/** What SSH says that no further attempt heals. A key may be let in only in the middle of the first boot. */
const final: ReadonlySet<FailureCode> = new Set(['host-key', 'cancelled'])

/** What one wait for a machine knows. */
interface Waiting {
  readonly at: AtWork
  readonly context: Context
  /** What the provider said last. */
  last: Status
}

/**
 * Waits until a machine runs, has an address and answers SSH, each with a deadline of its own; answers what is then
 * known of it. A failure names the probe, how long it was tried, and the last reason.
 */
export async function untilReady(at: AtWork, context: Context): Promise<SystemChange> {
  const waiting: Waiting = { at, context, last: { state: 'unknown' } }
  await pass('running', waiting, async () => runs(waiting.last))
  await pass('address', waiting, async () => runs(waiting.last) ?? hasAddress(waiting.last))
  await pass(
    'ssh',
    waiting,
    async () => runs(waiting.last) ?? hasAddress(waiting.last) ?? answersSsh(waiting),
  )
  return changeBy(waiting.last)
}

/** Why not yet, if so. */
type Reason = string | undefined

function runs({ state, detail }: Status): Reason {
  if (state === 'running') return undefined
  return `the provider says ${detail === undefined || detail === state ? state : `${state}: ${detail}`}`
}

function hasAddress({ address, addressFrom, byName }: Status): Reason {
  return address === undefined && !byName ? (addressFrom ?? 'the provider knows no address yet') : undefined
}

async function answersSsh({ at, context, last: { address, port } }: Waiting): Promise<Reason> {
  const host = systemsOf(context).hostOf({ ...at.system, address, port })
  const where = address ?? host.name
  const { signal, deadline, clock } = at.job
  const timeout = Math.max(1, Math.min(sshAttempt, deadline - clock.now()))
  try {
    const remote = await context.hosts.open(host.via ?? 'ssh', host, { signal, timeout })
    const { exit } = await remote.exec(['true'], { signal, timeout })
    return exit === 0 ? undefined : `${where}: true ended with exit status ${exit}`
  } catch (error) {
    if (!(error instanceof HostTrouble) || final.has(error.code)) throw error
    return `${where}: ${error.message}`
  }
}

/** How the provider says that it stands. One that can't be asked for a moment is asked again. */
async function statusOf(at: AtWork): Promise<Status> {
  try {
    return await at.ask((provider, job) => provider.status(at.system, job))
  } catch (error) {
    if (!(error instanceof SystemTrouble) || error.code !== 'unreachable') throw error
    return { state: 'unknown', detail: error.message, addressFrom: error.message }
  }
}

/** Looks again and again, with pauses, until a probe is passed or its time is over. */
async function pass(name: Probe, waiting: Waiting, why: () => Promise<Reason>): Promise<void> {
  const { at } = waiting
  const { clock, signal, deadline } = at.job
  const { waitingFor, share, longestPause } = probes[name]
  const began = mark(waiting.context, name)
  for (let tries = 1; ; tries++) {
    const reason = await look(waiting, why)
    if (reason === undefined) return
    if (tries === 1) at.job.stage(`waiting for ${waitingFor}`)
    const ms = clock.now() - began
    const until = Math.min(began + limitOf(name, waiting.last), deadline)
    if (clock.now() >= until) throw overdue(waiting, { probe: name, ms, tries, reason })
    const pause = Math.min(longestPause, Math.max(shortestPause, ms * share))
    await clock.sleep(Math.min(pause * (0.5 + Math.random()), until - clock.now()), signal)
  }
}

/** Who knows a machine only by its answers (a box under the desk) can't say that it runs before SSH does. */
function limitOf(name: Probe, { state }: Status): number {
  return name === 'running' && state === 'unknown' ? probes.ssh.limit : probes[name].limit
}

async function look(waiting: Waiting, why: () => Promise<Reason>): Promise<Reason> {
  const { at } = waiting
  try {
    waiting.last = await statusOf(at)
    return await why()
  } catch (error) {
    const trouble = toTrouble(error, at.job.signal)
    if (!(trouble instanceof SystemTrouble) || trouble.code === 'cancelled' || trouble.code === 'unknown')
      throw trouble
    throw halfDone(trouble, waiting)
  }
}

interface Overdue {
  readonly probe: Probe
  readonly ms: number
  readonly tries: number
  readonly reason: string
}

function overdue(waiting: Waiting, { probe, ms, tries, reason }: Overdue): HalfDone {
  const message = `${waiting.at.system.hostname} is not ready: waited ${Math.round(ms / 1000)}s for ${probes[probe].waitingFor}, and the last reason was: ${reason}`
  return halfDone(new SystemTrouble('timeout', message, { detail: { probe, ms, tries, reason } }), waiting)
}

/** Where it would be reached is kept, so that a person can look. */
function halfDone(trouble: SystemTrouble, { last: { address, port } }: Waiting): HalfDone {
  return new HalfDone(trouble, address === undefined ? {} : { address, port })
}
