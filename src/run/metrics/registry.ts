/** Labels of one series, in the order in which its metric names them. */
export type Labels = Readonly<Record<string, string>>

export interface Counter {
  /** By one, unless it says how many. */
  add(labels?: Labels, by?: number): void
}

export interface Gauge {
  set(value: number, labels?: Labels): void
}

export interface Histogram {
  /** In the metric's base unit, such as seconds. */
  observe(value: number, labels?: Labels): void
}

/** A reading that is taken when somebody asks. */
export interface Reading {
  readonly labels?: Labels | undefined
  readonly value: number
}

export interface Registry {
  counter(name: string, help: string): Counter
  gauge(name: string, help: string): Gauge
  /** `buckets` are upper bounds, ascending. */
  histogram(name: string, help: string, buckets: readonly number[]): Histogram
  /** What is read when it is asked for; a reading that throws leaves the others as they are. */
  reads(kind: 'counter' | 'gauge', name: string, help: string, read: () => readonly Reading[]): void
  /** Everything as Prometheus' text format 0.0.4 says it. */
  expose(): string
}

/** Series of one metric. What labels say comes from others too, and memory must not grow with what they think up. */
const mostSeries = 1_000

const overflow = 'other'

interface Metric {
  readonly name: string
  lines(): readonly string[]
}

/**
 * Keeps counters, gauges and histograms. That is all that is used of Prometheus' client library, which would bring two
 * more packages to every agent's and bridge's machine.
 *
 * @example
 * const registry = createRegistry()
 * registry.counter('reops_jobs_refused_total', 'Jobs that were not taken').add({ reason: 'busy' })
 * registry.expose()
 */
export function createRegistry(): Registry {
  const metrics: Metric[] = []
  const add = (kind: string, name: string, help: string, lines: () => readonly string[]) => {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`${name} is no name of a metric`)
    if (metrics.some(metric => metric.name === name)) throw new Error(`there is a metric ${name} already`)
    const header = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${kind}`]
    metrics.push({ name, lines: () => [...header, ...lines()] })
  }
  return {
    counter(name, help) {
      const series = createSeries(() => ({ value: 0 }))
      add('counter', name, help, () => values(name, series))
      return {
        add(labels, by = 1) {
          series.of(labels).value += by
        },
      }
    },
    gauge(name, help) {
      const series = createSeries(() => ({ value: 0 }))
      add('gauge', name, help, () => values(name, series))
      return {
        set(value, labels) {
          series.of(labels).value = value
        },
      }
    },
    histogram(name, help, buckets) {
      const series = createSeries(() => ({ counts: buckets.map(() => 0), sum: 0, count: 0 }))
      add('histogram', name, help, () =>
        series
          .entries()
          .flatMap(([labels, one]) => [
            ...buckets.map((bound, index) =>
              line(`${name}_bucket`, { ...labels, le: String(bound) }, one.counts[index]!),
            ),
            line(`${name}_bucket`, { ...labels, le: '+Inf' }, one.count),
            line(`${name}_sum`, labels, one.sum),
            line(`${name}_count`, labels, one.count),
          ]),
      )
      return {
        observe(value, labels) {
          const one = series.of(labels)
          one.sum += value
          one.count++
          for (const [index, bound] of buckets.entries()) if (value <= bound) one.counts[index]!++
        },
      }
    },
    reads(kind, name, help, read) {
      add(kind, name, help, () =>
        attempt(read)
          .slice(0, mostSeries)
          .map(({ labels, value }) => line(name, labels ?? {}, value)),
      )
    },
    expose: () => `${metrics.flatMap(metric => metric.lines()).join('\n')}\n`,
  }
}

function createSeries<T>(begin: () => T) {
  const all = new Map<string, { readonly labels: Labels; readonly one: T }>()
  const of = (labels: Labels = {}): T => {
    const key = JSON.stringify(Object.entries(labels).sort())
    const known = all.get(key)
    if (known) return known.one
    if (all.size >= mostSeries && Object.values(labels).some(value => value !== overflow))
      return of(Object.fromEntries(Object.keys(labels).map(name => [name, overflow])))
    const one = begin()
    all.set(key, { labels, one })
    return one
  }
  return {
    of,
    entries: () => [...all.values()].map(({ labels, one }) => [labels, one] as const),
  }
}

function values(
  name: string,
  series: { entries(): readonly (readonly [Labels, { readonly value: number }])[] },
): string[] {
  return series.entries().map(([labels, { value }]) => line(name, labels, value))
}

function attempt(read: () => readonly Reading[]): readonly Reading[] {
  try {
    return read()
  } catch {
    // A store that can't be asked at present has no reading; whoever scrapes sees that it is missing.
    return []
  }
}

function line(name: string, labels: Labels, value: number): string {
  const said = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`)
  return `${name}${said.length === 0 ? '' : `{${said.join(',')}}`} ${formatValue(value)}`
}

function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"')
}
