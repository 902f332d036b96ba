import type { BrokerSettings } from '../../core/broker.ts'
import type { Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import type { Sensor } from '../../core/sensor.ts'
import { matchesTopic } from '../../core/sensors/topic.ts'
import type { Board } from '../watch/board.ts'
import type { Recorder } from '../watch/recorder.ts'
import type { SteadyClock } from '../watch/steady.ts'
import { type BrokerSecrets, keepConnected } from './connection.ts'
import { createIntake, type Message } from './intake.ts'
import { readMessage } from './read.ts'

export type { BrokerSecrets } from './connection.ts'

export interface MqttOptions {
  readonly settings: BrokerSettings
  readonly secrets: BrokerSecrets
  readonly sensors: readonly Sensor[]
  readonly board: Board
  /** Where readings are kept; nowhere when left out. */
  readonly recorder?: Recorder | undefined
  /** The clock by which the board's readings are dated. */
  readonly steady: SteadyClock
  readonly clock: Clock
  notice(text: string): void
  readonly random?: (() => number) | undefined
}

/** Sensors that are listened to. */
export interface MqttSensors {
  /** Begins, whether the broker is there or not. */
  start(): Promise<void>
  status(): MqttStatus
  close(): Promise<void>
}

export type MqttStatus = {
  readonly url: string
  readonly connected: boolean
  /** ISO 8601. */
  readonly since: string
  readonly connections: number
  readonly problem?: string
  readonly refused: readonly string[]
  readonly messages: { readonly received: number; readonly overtaken: number; readonly dropped: number }
} & { readonly [key: string]: Json }

/** So many topics are remembered with the sensors that they are for; more are found out each time anew. */
const mostRemembered = 20_000

/**
 * Listens to sensors at a broker, and puts what they say on a board and into the store. A broker that is gone is waited for,
 * however long; what its sensors said last is believed as long as they say.
 */
export function createMqttSensors(options: MqttOptions): MqttSensors {
  const { settings, sensors, board, recorder, steady, clock } = options
  const topics = [...new Set(sensors.map(({ topic }) => topic))]
  const known = new Map<string, readonly Sensor[]>()
  let full = 0
  let connection: ReturnType<typeof keepConnected> | undefined

  const sensorsOf = (topic: string): readonly Sensor[] => {
    const found = known.get(topic) ?? sensors.filter(sensor => matchesTopic(sensor.topic, topic))
    if (known.size < mostRemembered) known.set(topic, found)
    return found
  }
  const look = (sensor: Sensor, message: Message) => {
    const { topic } = message
    const wall = steady.wallOf(message.at)
    const { reading, age, ageless } = readMessage(sensor, message, wall)
    const before = board.topics(sensor.name).get(topic)
    // Neither what nobody knows the age of nor what is older takes the place of what is known.
    if (ageless && before !== undefined) return
    if (reading.known && before?.known && reading.at < before.at) return
    if (!board.put(sensor.name, topic, reading)) {
      full++
      return
    }
    const { keepSeconds } = sensor.options
    recorder?.record({ sensor: sensor.name, topic, keepSeconds }, reading, wall - age)
  }
  const intake = createIntake(messages => {
    for (const message of messages) for (const sensor of sensorsOf(message.topic)) look(sensor, message)
  })

  return {
    async start() {
      connection ??= keepConnected({
        settings,
        secrets: options.secrets,
        topics,
        clock,
        notice: options.notice,
        random: options.random,
        onMessage: (topic, payload, retained) => intake.take({ topic, payload, retained, at: steady.now() }),
      })
    },
    status() {
      const state = connection?.state() ?? {
        connected: false,
        since: clock.now(),
        connections: 0,
        refused: [],
      }
      const { received, overtaken, dropped } = intake.counts()
      return {
        url: settings.url,
        connected: state.connected,
        since: new Date(state.since).toISOString(),
        connections: state.connections,
        ...(state.trouble === undefined ? {} : { problem: state.trouble.problem }),
        refused: state.refused,
        messages: { received, overtaken, dropped: dropped + full },
      }
    },
    async close() {
      await connection?.close()
      intake.close()
    },
  }
}
