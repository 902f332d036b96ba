import type { Series } from '../../core/readings.ts'
import type { Sensor } from '../../core/sensor.ts'
import { type Cell, paintedTable } from '../../operations/output/format/painted-table.ts'
import { formatMilliseconds } from '../../operations/output/format/time.ts'
import { sensorsIn } from '../../run/triggers-in.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { parseLength } from '../executions/since.ts'
import { given, text } from '../parse.ts'
import { styleFor } from '../session/printer.ts'
import { UsageError } from '../usage-error.ts'
import { withTriggers } from './opened.ts'
import { sparkline } from './sparkline.ts'

const parts = 24

/** A sensor, or one of its topics, with what is known of it. */
interface Line {
  readonly sensor: Sensor
  readonly topic: string
  readonly series: Series | undefined
  readonly means: readonly (number | undefined)[]
}

/** Prints the sensors that are declared, with what they said last and how that went. */
export function listSensors(context: CommandContext, args: Args): Promise<number> {
  const said = text(args, 'since') ?? '24h'
  const since = parseLength(said)
  if (since === undefined)
    throw new UsageError(`--since is ${JSON.stringify(said)}; it takes a length of time such as 6h or 7d`)
  return withTriggers(context, args, async ({ exported, kept }) => {
    const now = Date.now()
    const lines = [...sensorsIn(exported).values()].flatMap((sensor): Line[] => {
      const series = kept?.readings.series(sensor.name) ?? []
      if (series.length === 0) return [{ sensor, topic: sensor.topic, series: undefined, means: [] }]
      return series.map(one => {
        const within = { from: now - since, to: now + 1, parts }
        return { sensor, topic: one.topic, series: one, means: kept!.readings.means(one, within) }
      })
    })
    const own = given(args, 'no-color') ? withoutColor(context) : context
    own.stdout.write(
      given(args, 'json')
        ? `${JSON.stringify({ sensors: lines.map(line => documentOf(line, now)) }, null, 2)}\n`
        : lines.length === 0
          ? 'no sensors; export one from flows/index.ts\n'
          : `${table(lines, now, said, styleFor(own, own.stdout)).join('\n')}\n`,
    )
    return 0
  })
}

function documentOf({ sensor, topic, series, means }: Line, now: number): object {
  const { unit, maxAgeSeconds } = sensor.options
  return {
    name: sensor.name,
    topic,
    ...(unit === undefined ? {} : { unit }),
    maxAgeSeconds,
    ...(series === undefined
      ? { known: false, why: 'nothing came yet' }
      : {
          known: series.last.value !== undefined && isFresh(sensor, series, now),
          ...(series.last.value === undefined ? { why: series.last.why } : { value: series.last.value }),
          at: new Date(series.last.at).toISOString(),
          ageSeconds: Math.max(0, now - series.last.at) / 1_000,
          kept: series.count,
        }),
    line: means.map(mean => mean ?? null),
  }
}

function table(
  lines: readonly Line[],
  now: number,
  since: string,
  style: Parameters<typeof paintedTable>[2],
): string[] {
  return paintedTable(
    [{ heading: 'sensor', share: 0.4 }, { heading: 'value', share: 0.3 }, 'age', `last ${since}`],
    lines.map(line => rowOf(line, now)),
    style,
  )
}

function rowOf({ sensor, topic, series, means }: Line, now: number): Cell[] {
  const name = topic === sensor.topic || sensor.name === topic ? sensor.name : `${sensor.name} ${topic}`
  if (series === undefined) return [name, { text: 'unknown: nothing came yet', tone: 'yellow' }, '', '']
  const { last } = series
  const age = formatMilliseconds(Math.max(0, now - last.at))
  const line = sparkline(means)
  if (last.value === undefined) return [name, { text: `unknown: ${last.why}`, tone: 'yellow' }, age, line]
  const value = `${shown(last.value)}${sensor.options.unit === undefined ? '' : ` ${sensor.options.unit}`}`
  return isFresh(sensor, series, now)
    ? [name, value, age, line]
    : [name, { text: `${value}, stale`, tone: 'yellow' }, { text: age, tone: 'yellow' }, line]
}

function isFresh(sensor: Sensor, { last }: Series, now: number): boolean {
  // Of what came within its time only the last is kept, so what is kept may be so much older than what is known.
  return now - last.at <= (sensor.options.maxAgeSeconds + sensor.options.keepSeconds) * 1_000
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
