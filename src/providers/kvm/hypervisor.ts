import type { KvmNode } from '../../core/systems/nodes.ts'
import type { Job } from '../../core/systems/provider.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { Answer, Input, Libvirt, ProcedureName } from './rpc/index.ts'
import { asTrouble } from './trouble.ts'

/** Milliseconds that one call may take; those that move data have the job's time. */
const callMs = 60_000

/** Milliseconds for which a job that is over waits for the answer of what makes something. */
const settlingMs = 3_000

/** Milliseconds until a hypervisor counts as unreachable. */
const connectMs = 20_000

/** What one job asks of a hypervisor. Every error is the system's trouble, said with what was being done. */
export interface Desk {
  readonly job: Job
  readonly node: string
  readonly config: KvmNode
  /** Calls one procedure. What takes as long as a disk is slow is given other milliseconds than a minute: `Infinity`
   * is all of the job's time. */
  call<N extends ProcedureName>(name: N, input: Input<N>, doing: string, ms?: number): Promise<Answer<N>>
  /**
   * Calls what makes something. A job that is over waits for its answer a moment longer: what the hypervisor is still
   * making can't be found, and so not be taken back.
   */
  make<N extends ProcedureName>(name: N, input: Input<N>, doing: string, ms?: number): Promise<Answer<N>>
  /** Any work on the connection itself, with its errors told in the same way. */
  using<T>(doing: string, work: (connection: Libvirt, limits: Limits) => Promise<T>): Promise<T>
}

export interface Limits {
  readonly signal: AbortSignal
  /** Milliseconds. */
  readonly timeout: number
}

/** One hypervisor: its connection, made when it is first needed and made again when it was lost. */
export interface Hypervisor {
  readonly name: string
  readonly config: KvmNode
  desk(job: Job): Desk
  /** The connection, for whoever listens to events. Rejects with `SystemTrouble` (`cancelled`) once it is closed. */
  connect(signal: AbortSignal): Promise<Libvirt>
  close(): Promise<void>
}

export type OpenConnection = (config: KvmNode, options: Limits) => Promise<Libvirt>

/** Keeps one connection to a hypervisor. `open` makes it. */
export function keepHypervisor(name: string, config: KvmNode, open: OpenConnection): Hypervisor {
  const closing = new AbortController()
  let opening: Promise<Libvirt> | undefined
  let current: Libvirt | undefined

  const openNext = async (): Promise<Libvirt> => {
    // Nobody's own signal: several jobs may wait for it.
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(connectMs)])
    current = await open(config, { signal, timeout: connectMs })
    return current
  }
  const connect = async (signal: AbortSignal, within = connectMs): Promise<Libvirt> => {
    if (closing.signal.aborted) throw new SystemTrouble('cancelled', `${name}: the provider is closed`)
    if (current?.open) return current
    const made = opening
    await settledOr(made?.catch(() => undefined) ?? Promise.resolve(undefined), signal, within)
    // Whoever came first makes the next one, unless the one that was waited for is good.
    if (opening === made && !current?.open && !closing.signal.aborted) {
      opening = openNext()
      opening.catch(() => {})
    }
    return settledOr(opening ?? Promise.reject(closing.signal.reason), signal, within)
  }

  return {
    name,
    config,
    connect,
    desk: job => deskOf({ name, config, connect }, job),
    async close() {
      closing.abort(new SystemTrouble('cancelled', `${name}: the provider is closed`))
      const last = await opening?.catch(() => undefined)
      await last?.close()
    },
  }
}

/** Waits for a connection that others wait for too, until one's own signal, and for so many milliseconds. */
async function settledOr<T>(opening: Promise<T>, signal: AbortSignal, within: number): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  const late = setTimeout(() => reject(new Error(`it is not there after ${within} ms`)), within)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([opening, aborted])
  } finally {
    clearTimeout(late)
    signal.removeEventListener('abort', abort)
    aborted.catch(() => {})
  }
}

interface Way extends Pick<Hypervisor, 'name' | 'config'> {
  readonly connect: (signal: AbortSignal, within: number) => Promise<Libvirt>
}

function deskOf({ name, config, connect }: Way, job: Job): Desk {
  /** So many milliseconds, or what is left of the job's time. */
  const within = (ms: number) => Math.max(1, Math.min(ms, job.deadline - job.clock.now()))
  const limits = (ms = callMs): Limits => ({ signal: job.signal, timeout: within(ms) })
  const reach = async (doing: string): Promise<Libvirt> => {
    try {
      return await connect(job.signal, within(connectMs))
    } catch (error) {
      const trouble = asTrouble(name, doing, error, job.signal)
      if (trouble instanceof SystemTrouble) throw trouble
      const words = error instanceof Error ? error.message : String(error)
      throw new SystemTrouble('unreachable', `${name} (${config.uri}) can't be reached: ${words}`, {
        cause: error,
      })
    }
  }
  const using: Desk['using'] = async (doing, work) => {
    const connection = await reach(doing)
    try {
      return await work(connection, limits())
    } catch (error) {
      throw asTrouble(name, doing, error, job.signal)
    }
  }
  return {
    job,
    node: name,
    config,
    using,
    call: (procedure, input, doing, ms) =>
      using(doing, connection => connection.call(procedure, input, limits(ms))),
    make: (procedure, input, doing, ms = callMs) =>
      using(doing, async (connection, { signal }) => {
        signal.throwIfAborted()
        const timeout = within(ms) + settlingMs
        const settled = new AbortController()
        let late: NodeJS.Timeout | undefined
        const abort = () => {
          late = setTimeout(() => settled.abort(signal.reason), settlingMs)
        }
        signal.addEventListener('abort', abort, { once: true })
        try {
          return await connection.call(procedure, input, { signal: settled.signal, timeout })
        } finally {
          clearTimeout(late)
          signal.removeEventListener('abort', abort)
        }
      }),
  }
}
