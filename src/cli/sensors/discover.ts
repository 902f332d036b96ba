import { type Discovered, discoveredIn, discoveryTopics } from '../../core/sensors/discovery.ts'
import { systemClock } from '../../executor/index.ts'
import { neutralise, neutraliseLine } from '../../operations/output/format/index.ts'
import { brokerSecrets } from '../../run/broker.ts'
import { keepConnected } from '../../triggers/mqtt/connection.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { UsageError } from '../usage-error.ts'

/** How long is listened after the last announcement, and at most, in milliseconds. A broker says at once what it keeps. */
const quietMs = 1_000
const longestMs = 15_000

/** So many are listed; a broker that says more has something else to say. */
const most = 5_000

/** Prints what devices announce at the broker, as declarations to paste. */
export async function discoverSensors(context: CommandContext, args: Args): Promise<number> {
  const loaded = await configuration(context, args)
  const { broker } = loaded.config
  if (broker === undefined)
    throw new UsageError("there is no broker; name one in reops.config.ts: broker: { url: 'mqtt://…' }")
  const found = new Map<string, Discovered>()
  let heardAt = performance.now()
  const connection = keepConnected({
    settings: broker,
    secrets: await brokerSecrets(loaded, broker),
    topics: discoveryTopics,
    clock: systemClock,
    notice: text => context.stderr.write(`reops: ${neutralise(text)}\n`),
    onMessage(topic, payload) {
      heardAt = performance.now()
      for (const one of discoveredIn(topic, parse(payload)))
        if (found.size < most) found.set(`${one.topic}#${one.pick ?? ''}`, one)
    },
  })
  const stop = new AbortController()
  const release = context.onInterrupt(() => stop.abort())
  const began = performance.now()
  try {
    while (!stop.signal.aborted && performance.now() - began < longestMs) {
      const { connected } = connection.state()
      if (!connected) heardAt = performance.now()
      else if (performance.now() - heardAt > quietMs) break
      await systemClock.sleep(50, stop.signal).catch(() => {})
    }
    const { connections, trouble } = connection.state()
    if (connections === 0) {
      context.stderr.write(
        `reops: the broker ${broker.url} does not answer: ${trouble?.problem ?? 'nothing was heard'}\n`,
      )
      return 1
    }
  } finally {
    release()
    await connection.close()
  }
  const sensors = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  context.stdout.write(
    given(args, 'json')
      ? `${JSON.stringify({ sensors }, null, 2)}\n`
      : sensors.length === 0
        ? 'no device announces a sensor\n'
        : `${sensors.map(one => neutraliseLine(declaration(one))).join('\n')}\n`,
  )
  return 0
}

/**
 * A line for flows/index.ts.
 *
 * @example
 * declaration({ name: 'closet Temperature', topic: 'zigbee2mqtt/closet', pick: 'temperature', unit: '°C', onOff: false })
 * // "export const closetTemperature = sensor('zigbee2mqtt/closet', { pick: 'temperature', unit: '°C' })"
 */
function declaration({ name, topic, pick, unit, maxAge, onOff, template }: Discovered): string {
  const words = name
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .split(' ')
  const id = words
    .map((word, index) => (index === 0 ? word.toLowerCase() : word.slice(0, 1).toUpperCase() + word.slice(1)))
    .join('')
    .replace(/^(?=\d|$)/, 'sensor')
  const options = [
    ...(pick === undefined || onOff ? [] : [`pick: ${quoted(pick)}`]),
    ...(unit === undefined ? [] : [`unit: ${quoted(unit)}`]),
    ...(maxAge === undefined ? [] : [`maxAge: ${maxAge}`]),
  ]
  const schema = onOff ? [`onOff(${pick === undefined ? '' : quoted(pick)})`] : []
  const parts = [quoted(topic), ...schema, ...(options.length === 0 ? [] : [`{ ${options.join(', ')} }`])]
  const line = `export const ${id} = sensor(${parts.join(', ')})`
  return template === undefined
    ? line
    : `${line} // its template is not a path: ${template.replaceAll('\n', ' ')}`
}

/** A text of a device in source that is pasted: nothing in it ends the text. */
function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload))
  } catch {
    // Whatever it is, it announces nothing.
    return undefined
  }
}
