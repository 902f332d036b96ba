import type { WatchSource } from '../../core/watch.ts'

/** How what a watch looks at is called. */
export function sourceName(source: WatchSource): string {
  switch (source.kind) {
    case 'sensor':
      return source.sensor.name
    case 'sensors':
      return Object.values(source.sensors)
        .map(({ name }) => name)
        .join(', ')
    case 'poll':
      return `what is asked every ${source.everyMs / 1_000} s`
  }
}

/** A value in a sentence, with its unit where it has one. */
export function valueText(source: WatchSource, value: unknown): string {
  const unit = source.kind === 'sensor' ? source.sensor.options.unit : undefined
  const text = (typeof value === 'string' ? value : JSON.stringify(value)) ?? String(value)
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text
  return unit === undefined ? short : `${short} ${unit}`
}
