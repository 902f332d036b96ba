import type { JobState } from '../../src/core/jobs.ts'
import { isRecord } from '../../src/core/json.ts'
import type { TaskRequest } from '../../src/core/task.ts'

/** What a job is about, as far as it can be told without fetching or understanding its data. */
export interface JobAbout {
  readonly operation: string
  readonly flow: string
  readonly step: string
  readonly execution: string
  /** The first hosts that it names, where its data names any. */
  readonly hosts: readonly string[]
}

/** What happens at the job desk, for an audit log and for metrics. Times are milliseconds since the epoch. */
export type JobEvent = { readonly at: number } & (
  | ({
      readonly kind: 'submit'
      readonly who: string
      readonly job: string
      /** It was known: whoever asks was attached, or got its answer. */
      readonly again: boolean
    } & JobAbout)
  | ({
      readonly kind: 'start'
      readonly who: string
      readonly job: string
      readonly attempt: number
    } & JobAbout)
  | ({
      readonly kind: 'end'
      readonly who: string
      readonly job: string
      readonly state: Exclude<JobState, 'queued' | 'running'>
      readonly error?: string | undefined
      /** From its acceptance to its end. */
      readonly ms: number
    } & JobAbout)
  | {
      readonly kind: 'cancel'
      readonly who: string
      readonly job: string
      readonly reason?: string | undefined
    }
  | {
      /** Something was asked that is not done. `busy` is asked again later. */
      readonly kind: 'refuse'
      readonly who: string
      readonly job?: string | undefined
      readonly error: string
      readonly why: string
    }
)

export type OnEvent = (event: JobEvent) => void

const namedHosts = 20

/** The first hosts stand for all of them: an audit names whom it was about and stays small. */
export function aboutOf({ operation, flow, step, execution, data }: TaskRequest): JobAbout {
  const on: unknown = isRecord(data) && isRecord(data.on) ? data.on : data
  const hosts: readonly unknown[] =
    isRecord(on) && Array.isArray(on.hosts) ? on.hosts.slice(0, namedHosts) : []
  const names = hosts.flatMap(host => (isRecord(host) && typeof host.name === 'string' ? [host.name] : []))
  return { operation, flow, step, execution: execution.name, hosts: names.map(name => name.slice(0, 253)) }
}
