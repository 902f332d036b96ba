import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { vi } from 'vitest'
import { brokerSchema } from '../../src/core/broker.ts'
import { configSchema } from '../../src/core/config.ts'
import type { Flow } from '../../src/core/flow.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import type { Execution } from '../../src/core/runtime.ts'
import type { Sensor } from '../../src/core/sensor.ts'
import type { Provider } from '../../src/core/systems/provider.ts'
import type { System } from '../../src/core/systems/system.ts'
import type { Watch } from '../../src/core/watch.ts'
import { systemClock } from '../../src/executor/index.ts'
import { flowsIn } from '../../src/run/flows-in.ts'
import { openTriggers } from '../../src/run/open-readings.ts'
import { wireLocal } from '../../src/run/wire.ts'
import { createMqttSensors } from '../../src/triggers/mqtt/index.ts'
import { createBoard } from '../../src/triggers/watch/board.ts'
import { createKeeper } from '../../src/triggers/watch/keeper.ts'
import { systemTime } from '../../src/triggers/watch/steady.ts'
import type { FakeProvider } from '../fakes/provider.ts'
import { startMosquitto } from '../lab/mosquitto.ts'
import { type Lab, type LabHost, startLab } from '../lab/sshd.ts'

export const soon = { timeout: 20_000, interval: 20 }

/**
 * Hosts of a house that record what they are told in place of doing it: a real sshd each, whose every command goes to a
 * script of ours. Nothing of what a flow says is executed, but for programs that stand in `programs`.
 */
export async function recordingHosts(names: readonly string[]) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-house-'))
  const record = path.join(folder, 'record')
  await writeFile(record, '')
  const script = path.join(folder, 'command')
  // What is asked is told by its words; only a program's own launcher is let through, with our programs first.
  await writeFile(
    script,
    `host=$1
case $SSH_ORIGINAL_COMMAND in
  *'systemctl poweroff'*) echo "$host poweroff" >>${record}; echo 'reops-asked poweroff' ;;
  *pkill*) echo "$host pkill" >>${record}; exit 1 ;;
  *xmrig*) echo "$host xmrig" >>${record}; printf 'reops-launched\\n4711\\nyes\\n/tmp/xmrig.log\\n' ;;
esac
`,
  )
  const lab = await startLab(names.map(name => ({ name, config: [`ForceCommand sh ${script} ${name}`] })))
  return {
    lab,
    record: async () => (await readFile(record, 'utf8')).split('\n').filter(line => line !== ''),
    close: async () => {
      await lab.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What a house has. */
export interface HouseParts {
  readonly flows: Readonly<Record<string, unknown>>
  readonly watches: readonly Watch[]
  readonly sensors: readonly Sensor[]
  readonly lab: Lab
  readonly providers?: readonly Provider[]
}

/**
 * A house: a real broker, real SSH servers, the runtime that commands have over a state folder of its own, and a keeper of
 * watches whose time can be moved on.
 */
export async function openHouse({ flows, watches, sensors, lab, providers = [] }: HouseParts) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-house-'))
  const mosquitto = await startMosquitto()
  const { hosts, user, key, knownHosts } = lab
  const config = configSchema.parse({
    defaults: { key },
    hosts: Object.fromEntries(hosts.map(({ name, address, port }) => [name, { address, port, user, key }])),
    ssh: { config: false, agent: false, knownHosts: [knownHosts], connectTimeout: 2 },
    broker: { url: mosquitto.url },
  })
  const loaded = { config, folder, file: undefined }
  const known = flowsIn(flows)
  const notices: string[] = []
  const runtime = wireLocal({
    loaded,
    flows: known,
    out: { publish: () => {} },
    notice: text => void notices.push(text),
    providers: Object.fromEntries(providers.map(provider => [provider.name, () => provider])),
    reach: { user },
  })
  const kept = await openTriggers(loaded)
  const board = createBoard()
  /** What watches looked at last. */
  let seen: unknown
  const seenBy = (watch: Watch, now: number) => {
    const reading = board.seenBy(watch, now)
    seen = reading.known ? reading.value : undefined
    return reading
  }
  const running = new Set<Execution<unknown>>()
  const ended = new Map<string, Promise<unknown>>()
  const nameOf = (flow: Flow) => [...known].find(([, one]) => one === flow)![0]
  const time = systemTime()
  let moved = 0
  const keeper = createKeeper(watches, {
    clock: systemClock,
    store: kept.watches,
    board: { ...board, seenBy },
    startFlow: async (flow, input, { name }) => {
      const execution = await runtime.submit(flow, input, { name })
      running.add(execution)
      const result = execution.result()
      ended.set(name, result)
      void result.then(
        () => running.delete(execution),
        () => running.delete(execution),
      )
    },
    askFlow: async () => Promise.reject(new Error('nothing is asked here')),
    nameOf,
    notice: text => void notices.push(text),
    time: { ...time, monotonic: () => time.monotonic() + moved },
  })
  await keeper.start()
  const mqtt = createMqttSensors({
    settings: brokerSchema.parse(config.broker),
    secrets: {},
    sensors,
    board,
    steady: keeper.steady,
    clock: systemClock,
    notice: text => void notices.push(text),
  })
  await mqtt.start()
  await vi.waitFor(() => {
    if (!mqtt.status().connected) throw new Error('not connected yet')
  }, soon)
  const client = await mosquitto.client()
  return {
    notices,
    keeper,
    /** Lets a sensor speak another value, and waits until the watch has looked at it. */
    async says(sensor: Sensor, value: number) {
      await client.publishAsync(sensor.topic, String(value), { qos: 1 })
      await vi.waitFor(() => {
        if (seen !== value) throw new Error(`nobody has looked at it yet: ${value}`)
      }, soon)
    },
    /** Lets minutes pass, for watches. */
    pass(minutes: number) {
      moved += minutes * 60_000
    },
    executions: () => [...ended.keys()],
    /** Waits until so many executions began, and answers what the last one came to. */
    async outcome(count: number): Promise<Outcome<unknown, unknown>> {
      await vi.waitFor(() => {
        if (ended.size !== count) throw new Error(`${ended.size} executions of ${count}`)
      }, soon)
      return (await [...ended.values()][count - 1]) as Outcome<unknown, unknown>
    },
    async close() {
      await keeper.close()
      await mqtt.close()
      for (const execution of running) execution.cancel('the test is over')
      await Promise.allSettled(ended.values())
      await kept.close()
      await runtime.close()
      await mosquitto.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Puts a machine into a provider, from where a look at it brings it into the store. */
export function machine(provider: FakeProvider, hostname: string, more: Partial<System> = {}): void {
  const id = `sys-${Buffer.from(hostname).toString('hex').padStart(20, '0').slice(-20)}`
  provider.machines.set(id, {
    label: hostname,
    node: more.node,
    state: 'running',
    cpu: 1,
    ram: 512,
    disk: 10,
    address: '127.0.0.1',
    told: { id, hostname, provider: provider.name, ...more },
    snapshots: new Map(),
  })
}

/** The same provider, whose machines all answer SSH at one of the lab's hosts. */
export function reachedAt({ address, port }: LabHost, provider: FakeProvider): Provider {
  return {
    ...provider,
    status: async (system, job) => ({ ...(await provider.status(system, job)), address, port }),
    list: async (node, job) => (await provider.list(node, job)).map(found => ({ ...found, address, port })),
  }
}
