import type { Clock } from '../../core/ports.ts'
import type { Provider, Status } from '../../core/systems/provider.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { stateOf } from './domains.ts'
import type { Hypervisor } from './hypervisor.ts'
import type { DomainEvent, DomainRef } from './rpc/index.ts'

type Heard = Parameters<NonNullable<Provider['watch']>>[0]

/** Milliseconds until a lost connection is tried again, at first and at most; half of it is chance. */
const firstPause = 500
const longestPause = 10_000

/** Milliseconds that telling how everything stands may take. */
const tellingMs = 60_000

/**
 * A domain whose system has shut down is off a moment later, which an event tells; but not always, where the daemon has
 * just been started anew. So it is looked at until it is: so often, with so many milliseconds between.
 */
const looks = 10
const betweenLooks = 1_000

/** What an event means for a system's state; the others change nothing that we keep. */
const meanings: Partial<Record<DomainEvent<'lifecycle'>['what']['happened'], Status['state']>> = {
  started: 'running',
  resumed: 'running',
  suspended: 'paused',
  pmsuspended: 'paused',
  stopped: 'stopped',
  crashed: 'stopped',
  undefined: 'missing',
}

/**
 * Hears a hypervisor's lifecycle events until the signal, or until the provider is closed. After a lost connection it
 * connects again and tells the state of every domain anew, since what happened meanwhile was heard by nobody.
 */
export async function watchHypervisor(
  hypervisor: Hypervisor,
  heard: Heard,
  signal: AbortSignal,
  clock: Clock,
): Promise<void> {
  let pause = firstPause
  while (!signal.aborted) {
    try {
      await listen(hypervisor, heard, signal, clock, () => {
        pause = firstPause
      })
    } catch (error) {
      if (error instanceof SystemTrouble && error.code === 'cancelled') return
      // It can't be reached; whoever asks it for something is told why. Here only trying again matters.
    }
    if (signal.aborted) return
    await clock.sleep(pause / 2 + Math.random() * (pause / 2), signal).catch(() => {})
    pause = Math.min(pause * 2, longestPause)
  }
}

/** Subscribes, tells how everything stands, and resolves when the connection or the watch is over. */
async function listen(
  hypervisor: Hypervisor,
  heard: Heard,
  signal: AbortSignal,
  clock: Clock,
  listening: () => void,
): Promise<void> {
  const connection = await hypervisor.connect(signal)
  const { name: node } = hypervisor
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const end = () => resolve()
  const tell = (uuid: string, state: Status['state']) => heard({ ref: uuid, node, state })
  /** Of whom an event has told since: what was asked before may be answered after it, and is older. */
  const known = new Set<string>()
  const desk = (ms: number) =>
    hypervisor.desk({ signal, deadline: clock.now() + ms, clock, stage: () => {}, warn: () => {} })
  const untilOff = async (domain: DomainRef) => {
    known.delete(domain.uuid)
    try {
      for (let look = 0; look < looks; look++) {
        await clock.sleep(betweenLooks, signal)
        if (known.has(domain.uuid) || !connection.open) return
        const { state } = await stateOf(desk(tellingMs), domain)
        if (state === 'running' || state === 'paused') continue
        return tell(domain.uuid, state)
      }
    } catch {
      // Whoever connects next is told how everything stands; here the watch or the connection is over.
    }
  }
  const subscription = await connection.subscribe(
    'lifecycle',
    ({ domain, what }) => {
      const state = meanings[what.happened]
      if (what.happened === 'shutdown') void untilOff(domain)
      if (state === undefined) return
      known.add(domain.uuid)
      tell(domain.uuid, state)
    },
    { signal },
  )
  const forget = connection.onClose(end)
  signal.addEventListener('abort', end, { once: true })
  try {
    const telling = desk(tellingMs)
    const { domains } = await telling.call('connectListAllDomains', {}, 'listing its domains')
    for (const domain of domains) {
      const { state } = domain.id === -1 ? ({ state: 'stopped' } as const) : await stateOf(telling, domain)
      if (!known.has(domain.uuid)) tell(domain.uuid, state)
    }
    listening()
    if (!signal.aborted) await over
  } finally {
    forget()
    signal.removeEventListener('abort', end)
    // A subscription that outlived its listener would tell everything twice after the next.
    if (connection.open) await subscription.close({ timeout: 5_000 }).catch(() => {})
  }
}
