import { createRegistry } from '../metrics/registry.ts'
import type { Executor } from './executor.ts'
import type { DaemonStatus } from './status.ts'
import type { WatchParts } from './watches.ts'

interface Readings {
  readonly executor: Executor
  readonly watches: WatchParts
  readonly sensors: readonly string[]
  status(): DaemonStatus
}

/** The daemon's metrics, all named `reops_…`, as Prometheus' text format has them. Everything is read when it is asked for. */
export function daemonMetrics({ executor, watches, sensors, status: ask }: Readings): { expose(): string } {
  const registry = createRegistry()
  // It looks at every watch and at what each decided last, so that one answer has to do for all that is told of it.
  let asked: DaemonStatus | undefined
  const status = () => {
    asked ??= ask()
    return asked
  }
  const startedAt = Date.now() / 1_000 - process.uptime()
  const gauge = (name: string, help: string, read: () => number) =>
    registry.reads('gauge', `reops_${name}`, help, () => [{ value: read() }])

  gauge('start_time_seconds', 'When the process began, in seconds since the epoch.', () => startedAt)
  gauge('resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss())
  gauge('troubles', 'What is the matter, counted.', () => status().troubles.length)
  gauge('executions_running', 'Executions under way in this process.', () => executor.counts().running)
  registry.reads(
    'counter',
    'reops_executions_ended_total',
    'Executions that ended in this process, by how.',
    () => {
      const { succeeded, failed } = executor.counts()
      return [
        { labels: { status: 'succeeded' }, value: succeeded },
        { labels: { status: 'failed' }, value: failed },
      ]
    },
  )
  registry.reads(
    'gauge',
    'reops_schedule_next_seconds',
    'When a schedule fires next, in seconds since the epoch.',
    () =>
      status().schedules.flatMap(({ name, next }) =>
        next === undefined ? [] : [{ labels: { schedule: name }, value: Date.parse(next) / 1_000 }],
      ),
  )
  registry.reads('gauge', 'reops_watch_active', '1 while what a watch looks for holds.', () =>
    status().watches.map(({ name, phase }) => ({
      labels: { watch: name },
      value: Number(phase === 'active'),
    })),
  )
  registry.reads('gauge', 'reops_broker_connected', '1 while the broker is connected.', () => {
    const { sensors: broker } = status()
    return broker === undefined ? [] : [{ value: Number(broker.connected === true) }]
  })
  const forwarding = (
    kind: 'counter' | 'gauge',
    name: string,
    help: string,
    of: 'forwarded' | 'failed' | 'waiting',
  ) =>
    registry.reads(kind, `reops_readings_${name}`, help, () => {
      const { forward } = status()
      return forward === undefined ? [] : [{ value: forward[of] }]
    })
  forwarding('counter', 'forwarded_total', 'Readings that EventBridge has taken.', 'forwarded')
  forwarding('counter', 'not_forwarded_total', 'Tries that brought a reading not there.', 'failed')
  forwarding('gauge', 'waiting', 'Topics of which AWS does not know yet what it should.', 'waiting')
  registry.reads(
    'counter',
    'reops_sensor_messages_total',
    'Messages of sensors, by what became of them: received in all, overtaken by a later one of their topic, or dropped.',
    () => {
      return Object.entries(status().sensors?.messages ?? {}).map(([what, value]) => ({
        labels: { what },
        value,
      }))
    },
  )
  registry.reads('gauge', 'reops_sensor', 'What sensors say that is a number and not too old.', () => {
    const now = watches.now()
    return sensors.flatMap(sensor =>
      [...watches.board.topics(sensor)].flatMap(([topic, reading]) =>
        reading.known && reading.until >= now && typeof reading.value === 'number'
          ? [{ labels: { sensor, topic }, value: reading.value }]
          : [],
      ),
    )
  })
  return {
    expose() {
      asked = undefined
      return registry.expose()
    },
  }
}
