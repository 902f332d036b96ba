import type { IClientOptions, MqttClient } from 'mqtt'
import type { BrokerSettings } from '../../core/broker.ts'
import { defined } from '../../core/defined.ts'
import type { Clock } from '../../core/ports.ts'
import { type BrokerTrouble, explainBroker } from './trouble.ts'

/** What the configuration names and somebody has read. Certificates are PEM. */
export interface BrokerSecrets {
  readonly password?: string | undefined
  readonly ca?: string | undefined
  readonly certificate?: string | undefined
  readonly certificateKey?: string | undefined
}

export interface ConnectionOptions {
  readonly settings: BrokerSettings
  readonly secrets: BrokerSecrets
  /** Filters of topics. */
  readonly topics: readonly string[]
  readonly onMessage: (topic: string, payload: Uint8Array, retained: boolean) => void
  readonly clock: Clock
  notice(text: string): void
  /** From 0 up to 1, for jitter. */
  readonly random?: (() => number) | undefined
}

/** How a broker stands. Times are milliseconds since the epoch. */
export interface BrokerState {
  readonly connected: boolean
  readonly since: number
  /** Connections that were made, ever. */
  readonly connections: number
  readonly trouble?: { readonly code: BrokerTrouble; readonly problem: string } | undefined
  /** Filters that the broker does not let us subscribe to. */
  readonly refused: readonly string[]
}

export interface Connection {
  state(): BrokerState
  close(): Promise<void>
}

/** No message is larger than this, where the broker knows MQTT 5; readings that are larger are not looked at anyway. */
const mostBytes = 256 * 1024

/** What is waited before the next try, in milliseconds: doubled each time, up to the longest, and half of it by chance. */
const firstPauseMs = 500
const longestPauseMs = 60_000

/** A connection that lasted so long was a good one. */
const goodMs = 30_000

/** How long a last word to the broker may take. */
const farewellMs = 1_000

/**
 * Keeps connected to a broker until it is closed. Each connection is a new one that subscribes to everything, so that nothing
 * depends on what a broker remembers of us. An outage is told once, and its end.
 */
export function keepConnected(options: ConnectionOptions): Connection {
  const { settings, clock, notice, random = Math.random } = options
  const stop = new AbortController()
  let current: MqttClient | undefined
  let state: BrokerState = { connected: false, since: clock.now(), connections: 0, refused: [] }

  const up = () => {
    if (state.trouble !== undefined) notice(`the broker ${settings.url} is there again`)
    state = { connected: true, since: clock.now(), connections: state.connections + 1, refused: [] }
  }
  const down = (trouble: BrokerState['trouble']) => {
    const known = state.trouble?.code === trouble?.code
    if (!known && trouble !== undefined && !stop.signal.aborted)
      notice(`the broker ${settings.url} can't be used: ${trouble.problem}; it is tried again`)
    const since = state.connected ? clock.now() : state.since
    state = { ...state, connected: false, since, trouble: trouble ?? state.trouble }
  }

  const keep = async () => {
    let failures = 0
    while (!stop.signal.aborted) {
      const began = performance.now()
      // A certificate that is none makes the client throw.
      down(await oneConnection().catch(explainBroker))
      if (stop.signal.aborted) return
      failures = performance.now() - began >= goodMs ? 1 : failures + 1
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 10))
      await clock.sleep(pause * (0.5 + random() / 2), stop.signal).catch(() => {})
    }
  }

  /** Resolves with why it ended. */
  const oneConnection = async (): Promise<NonNullable<BrokerState['trouble']>> => {
    // Only who has a broker loads the client.
    const { default: mqtt } = await import('mqtt')
    if (stop.signal.aborted) return lost
    const { promise, resolve } = Promise.withResolvers<NonNullable<BrokerState['trouble']>>()
    let trouble: NonNullable<BrokerState['trouble']> | undefined
    const client = mqtt.connect(settings.url, clientOptions(options))
    current = client
    client.on('connect', () => {
      up()
      subscribe(client, options.topics).then(
        refused => {
          state = { ...state, refused }
          if (refused.length > 0) notice(`the broker ${settings.url} refuses to tell ${refused.join(', ')}`)
        },
        // A connection that was lost meanwhile says so itself.
        () => {},
      )
    })
    client.on('message', (topic, payload, packet) => options.onMessage(topic, payload, packet.retain))
    client.on('disconnect', packet => {
      trouble ??= explainBroker({ code: packet.reasonCode, message: 'it said goodbye' })
    })
    client.on('error', error => {
      trouble ??= explainBroker(error)
      client.end(true)
    })
    client.on('close', () => resolve(trouble ?? lost))
    const abort = () => {
      if (client.connected) client.end(false, () => resolve(lost))
      else client.end(true, () => resolve(lost))
      setTimeout(() => {
        client.end(true)
        resolve(lost)
      }, farewellMs).unref()
    }
    stop.signal.addEventListener('abort', abort, { once: true })
    const ended = await promise
    stop.signal.removeEventListener('abort', abort)
    client.removeAllListeners()
    // What it still has to say is about a connection that nobody has any more.
    client.on('error', () => {})
    client.end(true)
    current = undefined
    return ended
  }

  const kept = keep()
  return {
    state: () => ({ ...state, connected: state.connected && current?.connected === true }),
    async close() {
      stop.abort(new Error('the connection to the broker is closed'))
      await kept
    },
  }
}

const lost = { code: 'lost', problem: 'the connection was lost' } as const

function clientOptions({ settings, secrets }: ConnectionOptions): IClientOptions {
  const { username, protocolVersion, clientId, keepalive, connectTimeout } = settings
  return {
    ...defined({
      username,
      clientId,
      password: secrets.password,
      ca: secrets.ca,
      cert: secrets.certificate,
      key: secrets.certificateKey,
    }),
    protocolVersion,
    keepalive,
    connectTimeout: connectTimeout * 1_000,
    clean: true,
    // We connect again ourselves, with jitter.
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    rejectUnauthorized: true,
    ...(protocolVersion === 5 ? { properties: { maximumPacketSize: mostBytes, receiveMaximum: 100 } } : {}),
  }
}

/** Subscribes to everything and answers what was refused. */
async function subscribe(client: MqttClient, topics: readonly string[]): Promise<string[]> {
  const refused: string[] = []
  for (let index = 0; index < topics.length; index += 100) {
    const some = topics.slice(index, index + 100)
    const granted = await subscribeTo(client, some)
    some.forEach((topic, place) => {
      if ((granted[place] ?? 0) >= 128) refused.push(topic)
    })
  }
  return refused
}

/** What the broker grants for each; 128 and more is a refusal. */
function subscribeTo(client: MqttClient, topics: readonly string[]): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    client.subscribe([...topics], { qos: 1 }, (error, _granted, packet) => {
      const codes = (packet as { readonly granted?: readonly number[] } | undefined)?.granted
      if (codes !== undefined) resolve(codes)
      else if (error) reject(error)
      else resolve([])
    })
  })
}
