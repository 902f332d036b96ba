import { stripVTControlCharacters } from 'node:util'
import { HostTrouble } from '../../../core/ports.ts'
import { begin } from './script.ts'

/** More than this no honest host says, in lines and in characters of one; the rest is not looked at. */
const mostLines = 4_000
const longestLine = 400

/** What a host printed, by source. */
export interface Sources {
  /** Every line of a source; none when the host has no such source. */
  lines(source: string): readonly string[]
  /** The first line of a source that says something. */
  first(source: string): string | undefined
}

/**
 * Sorts the output of the facts script by source. Control characters are taken out, so that no value can move
 * a cursor or pass for another line. Throws `HostTrouble` when the script's own first line isn't there.
 */
export function readSources(stdout: string): Sources {
  const all = stdout.split('\n', mostLines)
  const start = all.indexOf(begin)
  if (start < 0) {
    throw new HostTrouble(
      'exception',
      'the host has no POSIX shell that could say its facts, or it said too much',
      {
        detail: { stdout: stdout.slice(0, 1_000) },
      },
    )
  }
  const bySource = Map.groupBy(all.slice(start + 1), line => line.slice(0, line.indexOf(' ')))
  const lines = (source: string) =>
    (bySource.get(source) ?? []).map(line => clean(line.slice(source.length + 1, longestLine)))
  return { lines, first: source => lines(source).find(line => line !== '') }
}

function clean(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
}
