import { sensorsOf, type WatchSource } from '../../core/watch.ts'

/** How what a watch looks at is called. */
export function sourceName(source: WatchSource): string {
  if (source.kind === 'poll') return `what is asked every ${source.everyMs / 1_000} s`
  return sensorsOf(source)
    .map(({ name }) => name)
    .join(', ')
}

/** A value in a sentence, with its unit where it has one. */
export function valueText(source: WatchSource, value: unknown): string {
  const unit = source.kind === 'sensor' ? source.sensor.options.unit : undefined
  const text = (typeof value === 'string' ? value : JSON.stringify(value)) ?? String(value)
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text
  return unit === undefined ? short : `${short} ${unit}`
}
