import type { BrokerSettings } from '../../core/broker.ts'
import type { Clock } from '../../core/ports.ts'
import { createMqttSensors, type MqttStatus } from '../../triggers/mqtt/index.ts'
import { type Board, createBoard } from '../../triggers/watch/board.ts'
import { createKeeper, type Keeper } from '../../triggers/watch/keeper.ts'
import { createRecorder, type Recorder } from '../../triggers/watch/recorder.ts'
import { restoreReadings } from '../../triggers/watch/restore.ts'
import type { TimeSource } from '../../triggers/watch/steady.ts'
import { brokerSecrets } from '../broker.ts'
import type { LoadedConfig } from '../config.ts'
import { type KeptTriggers, openTriggers } from '../open-readings.ts'
import type { Declared } from './declared.ts'
import type { Executor } from './executor.ts'
import { healing, type Opened } from './healing.ts'
import type { Part } from './part.ts'

interface WatchesOptions {
  readonly loaded: LoadedConfig
  readonly declared: Declared
  readonly executor: Executor
  readonly clock: Clock
  readonly time?: TimeSource | undefined
  say(text: string): void
}

/** The parts that listen to sensors and keep watches on them. */
export interface WatchParts {
  readonly watches: Part
  /** Absent where there is no broker. */
  readonly sensors: Part | undefined
  /** What is known of sensors now, once `watches` was started. */
  readonly board: Board
  /** The clock of the board's readings, in milliseconds, and what it says as milliseconds since the epoch. */
  now(): number
  wallOf(at: number): number
}

/**
 * Keeps the watches of a project and listens to its sensors. They share a board of readings; `watches` is started first and
 * closed last.
 */
export function createWatchParts(options: WatchesOptions): WatchParts {
  const { loaded, declared, executor, clock, time, say } = options
  const { broker } = loaded.config
  const board = createBoard()
  const names = new Map([...declared.flows].map(([name, flow]) => [flow, name]))
  let kept: KeptTriggers | undefined
  let keeper: Keeper | undefined
  let recorder: Recorder | undefined

  const watches: Part = {
    async start() {
      kept = await openTriggers(loaded, say)
      recorder = createRecorder(kept.readings, say)
      // What AWS is told of is known again after a restart, as what is watched here.
      restoreReadings(board, [...declared.inCloud.watches.values()], recorder, kept.watches.clock())
      keeper = createKeeper([...declared.watches.values()], {
        clock,
        time,
        store: kept.watches,
        board,
        recorder,
        startFlow: executor.startFlow,
        askFlow: executor.askFlow,
        nameOf: flow => names.get(flow) ?? 'a flow without a name',
        notice: say,
      })
      await keeper.start()
    },
    status: () => keeper?.status() ?? { watches: [] },
    troubles: () => [
      ...(broker === undefined && declared.sensors.size > 0
        ? [
            `${declared.sensors.size} sensors are declared, and reops.config.ts names no broker that they could be heard at`,
          ]
        : []),
      ...(keeper?.troubles() ?? []),
    ],
    async close() {
      await keeper?.close()
      await recorder?.close()
      await kept?.close()
    },
  }

  const listen = async (settings: BrokerSettings): Promise<Opened> => {
    const mqtt = createMqttSensors({
      settings,
      secrets: await brokerSecrets(loaded, settings),
      sensors: [...declared.sensors.values()],
      board,
      recorder,
      steady: keeper!.steady,
      clock,
      notice: say,
    })
    await mqtt.start()
    return {
      status: () => mqtt.status(),
      troubles: () => troublesOf(mqtt.status()),
      close: () => mqtt.close(),
    }
  }
  const sensors =
    broker === undefined || declared.sensors.size === 0
      ? undefined
      : healing('the way to the broker', () => listen(broker), { clock, say })

  return {
    watches,
    sensors,
    board,
    now: () => keeper?.steady.now() ?? clock.now(),
    wallOf: at => keeper?.steady.wallOf(at) ?? at,
  }
}

function troublesOf({ url, connected, problem, refused }: MqttStatus): string[] {
  return [
    ...(connected
      ? []
      : [`the broker ${url} is not connected${problem === undefined ? '' : `: ${problem}`}`]),
    ...(refused.length === 0 ? [] : [`the broker ${url} refuses to tell ${refused.join(', ')}`]),
  ]
}
