import { afterEach } from 'vitest'
import {
  type JobEvent,
  type Jobs,
  type JobsParts,
  openJobs,
  openOperations,
} from '../../../onprem-bridge/jobs/index.ts'
import type { JobStore } from '../../../src/core/jobs.ts'
import { type Database, openJobStore } from '../../../src/state/sqlite/index.ts'
import type { Role } from '../../../src/transports/zeromq/channel.ts'
import { type FromBridge, fromBridge } from '../../../src/transports/zeromq/messages.ts'
import { type Line, openLine } from '../../fakes/channel.ts'
import { type ManualClock, manualClock } from '../../fakes/manual-clock.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import { scriptedHosts } from '../../fakes/scripted-hosts.ts'
import { requestOf } from '../../state/jobs.ts'
import { useFolder } from '../../state/sqlite/folder.ts'
import { type TestOperations, testOperations } from './operations.ts'

/** A submitter or reader on a session. */
export interface Submitter {
  readonly line: Line
  readonly heard: readonly FromBridge[]
  readonly chunks: readonly (Uint8Array | undefined)[]
  send(body: object, bytes?: Uint8Array): void
  submit(id: string, request?: Parameters<typeof requestOf>[0], more?: object): void
  /** The first message of this kind about this job or question, once it came. */
  hears<K extends FromBridge['kind']>(
    kind: K,
    of?: string | number,
  ): Promise<Extract<FromBridge, { kind: K }>>
}

export interface Bridge {
  readonly jobs: Jobs
  readonly store: JobStore
  readonly database: Database
  readonly clock: ManualClock
  readonly kept: ReturnType<typeof memoryStore>
  readonly events: readonly JobEvent[]
  readonly troubles: readonly unknown[]
  readonly operations: TestOperations
  connect(name?: string, role?: Role): Submitter
  /** As after a kill: the process is gone with all that it knew, and another one opens the same file. */
  killed(parts?: Partial<JobsParts>, wrap?: (store: JobStore) => JobStore): Promise<Bridge>
}

/** Opens bridges over real SQLite, each on a file of its own, and closes them after the test. */
export function useBridge(): (parts?: Partial<JobsParts>) => Promise<Bridge> {
  const { fresh, open } = useFolder()
  const opened: Jobs[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(jobs => jobs.close()))
  })

  const start = async (
    file: string,
    clock: ManualClock,
    kept: Bridge['kept'],
    parts: Partial<JobsParts> = {},
    wrap: (store: JobStore) => JobStore = store => store,
  ): Promise<Bridge> => {
    const database = open(file)
    const store = wrap(openJobStore(database))
    const operations = testOperations()
    const events: JobEvent[] = []
    const troubles: unknown[] = []
    const jobs = await openJobs({
      store,
      desk: { store: kept, clock, hosts: scriptedHosts({}, clock), out: { publish: () => {} } },
      operations: openOperations({ flows: new Map(), own: operations.own }),
      clock,
      onEvent: event => events.push(event),
      onTrouble: error => troubles.push(error),
      random: () => 0.5,
      ...parts,
    })
    opened.push(jobs)
    return {
      jobs,
      store,
      database,
      clock,
      kept,
      events,
      troubles,
      operations,
      connect: (name = 'laptop', role = 'submit') => connect(jobs, name, role),
      killed: async (more, wrap) => {
        await jobs.close()
        database.close()
        return start(file, clock, kept, { ...parts, ...more }, wrap)
      },
    }
  }
  return parts => start(fresh(), manualClock(), memoryStore(), parts)
}

function connect(jobs: Jobs, name: string, role: Role): Submitter {
  const heard: FromBridge[] = []
  const chunks: (Uint8Array | undefined)[] = []
  const waiting: (() => void)[] = []
  const line = openLine(
    jobs,
    {
      onPacket({ body, bytes }) {
        // Whatever a bridge says fits the schema of its messages.
        heard.push(fromBridge.parse(body))
        chunks.push(bytes)
        for (const wake of waiting.splice(0)) wake()
      },
    },
    { name, role },
  )
  return {
    line,
    heard,
    chunks,
    send: (body, bytes) => void line.channel.send(bytes === undefined ? { body } : { body, bytes }),
    submit: (id, request, more) =>
      void line.channel.send({
        body: {
          kind: 'submit',
          id,
          request: requestOf({ operation: 'look', args: {}, ...request }),
          ...more,
        },
      }),
    async hears(kind, of) {
      for (;;) {
        const found = heard.find(
          message =>
            message.kind === kind &&
            (of === undefined ||
              ('id' in message ? message.id === of : 'nonce' in message && message.nonce === of)),
        )
        if (found !== undefined) return found as never
        await new Promise<void>(resolve => waiting.push(resolve))
      }
    },
  }
}
