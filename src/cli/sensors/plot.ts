import type { Watch } from '../../core/watch.ts'
import type { BacktestReport, Replayed } from '../../triggers/watch/backtest.ts'
import { sourceName } from '../../triggers/watch/source-name.ts'

const width = 1_000
const height = 360
const margin = { left: 70, right: 20, top: 40, bottom: 40 }
const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom }

/** The least and the greatest number of a part of the time. */
interface Bucket {
  least: number
  greatest: number
}

/**
 * Draws what was read and what was done as SVG: a band from the least to the greatest number of each part of the time, grey
 * where the watch held, and a line for each action. A year is as large as a day.
 */
export function drawBacktest(watch: Watch, readings: readonly Replayed[], report: BacktestReport): string {
  const { from, to, spans, fires } = report
  const x = (at: number) => margin.left + ((at - from) / Math.max(1, to - from)) * inner.width
  const lines = bucketed(readings, from, to)
  const [least, greatest] = rangeOf([...lines.values()].flat())
  const y = (value: number) =>
    margin.top + inner.height * (1 - (value - least) / (greatest === least ? 1 : greatest - least))
  const drawn = [...lines.entries()].map(
    ([name, buckets], index) =>
      `<path fill="none" stroke="${colours[index % colours.length]}" stroke-width="1.2" d="${pathOf(buckets, y)}"><title>${escaped(name)}</title></path>`,
  )
  const held = spans.map(
    ([begin, end]) =>
      `<rect x="${n(x(begin))}" y="${margin.top}" width="${n(Math.max(0.5, x(end) - x(begin)))}" height="${inner.height}"/>`,
  )
  const acted = fires.map(
    ({ at, kind }) =>
      `<line x1="${n(x(at))}" x2="${n(x(at))}" y1="${margin.top}" y2="${margin.top + inner.height}" stroke="${kind === 'flow' ? '#c22' : '#27a'}"><title>${kind} ${new Date(at).toISOString()}</title></line>`,
  )
  const unit = watch.source.kind === 'sensor' ? watch.source.sensor.options.unit : undefined
  const title = `${watch.name}: ${sourceName(watch.source)}${unit === undefined ? '' : ` in ${unit}`}`
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${margin.left}" y="24" font-size="14">${escaped(title)}</text>`,
    `<text x="${width - margin.right}" y="24" text-anchor="end" fill="#c22">${fires.length} actions</text>`,
    `<g fill="#eee">${held.join('')}</g>`,
    ...ticks(least, greatest).map(
      value =>
        `<line x1="${margin.left}" x2="${width - margin.right}" y1="${n(y(value))}" y2="${n(y(value))}" stroke="#ddd"/><text x="${margin.left - 6}" y="${n(y(value) + 4)}" text-anchor="end">${value}</text>`,
    ),
    ...[0, 0.5, 1].map(part => {
      const at = from + part * (to - from)
      const anchor = part === 0 ? 'start' : part === 1 ? 'end' : 'middle'
      return `<text x="${n(x(at))}" y="${height - 14}" text-anchor="${anchor}">${new Date(at).toISOString().slice(0, 16)}Z</text>`
    }),
    ...drawn,
    ...acted,
    '</svg>',
  ].join('\n')}\n`
}

const colours = ['#353', '#a50', '#639', '#088']

function bucketed(
  readings: readonly Replayed[],
  from: number,
  to: number,
): Map<string, (Bucket | undefined)[]> {
  const lines = new Map<string, (Bucket | undefined)[]>()
  for (const { source, topic, at, value } of readings) {
    if (typeof value !== 'number' || at < from || at >= to) continue
    const name = source === topic ? source : `${source} ${topic}`
    const buckets = lines.get(name) ?? new Array<Bucket | undefined>(inner.width).fill(undefined)
    lines.set(name, buckets)
    const place = Math.floor(((at - from) / (to - from)) * inner.width)
    const bucket = buckets[place]
    if (bucket === undefined) buckets[place] = { least: value, greatest: value }
    else if (value < bucket.least) bucket.least = value
    else if (value > bucket.greatest) bucket.greatest = value
  }
  return lines
}

function pathOf(buckets: readonly (Bucket | undefined)[], y: (value: number) => number): string {
  const points = buckets.flatMap((bucket, place) => {
    if (bucket === undefined) return []
    const x = margin.left + place
    return bucket.least === bucket.greatest
      ? [`${x},${n(y(bucket.least))}`]
      : [`${x},${n(y(bucket.least))}`, `${x},${n(y(bucket.greatest))}`]
  })
  return points.length === 0 ? '' : `M${points.join('L')}`
}

function rangeOf(buckets: readonly (Bucket | undefined)[]): readonly [number, number] {
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  for (const bucket of buckets) {
    if (bucket === undefined) continue
    least = Math.min(least, bucket.least)
    greatest = Math.max(greatest, bucket.greatest)
  }
  return least > greatest ? [0, 1] : [least, greatest]
}

/** Round numbers, some five of them. */
function ticks(least: number, greatest: number): number[] {
  const raw = (greatest - least) / 5
  if (!(raw > 0)) return [least]
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map(one => one * power).find(one => one >= raw)!
  const found: number[] = []
  for (let count = Math.ceil(least / step); count * step <= greatest; count++)
    found.push(Number((count * step).toPrecision(12)))
  return found
}

function n(number: number): string {
  return String(Math.round(number * 10) / 10)
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
