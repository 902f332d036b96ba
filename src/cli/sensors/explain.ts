import type { Reading } from '../../core/readings.ts'
import type { Watch } from '../../core/watch.ts'
import { neutraliseLine } from '../../operations/output/format/index.ts'
import { formatDate } from '../../operations/output/format/time.ts'
import type { KeptTriggers } from '../../run/open-readings.ts'
import { createBoard, polledName } from '../../triggers/watch/board.ts'
import { newState } from '../../triggers/watch/decide.ts'
import { explain } from '../../triggers/watch/explain.ts'
import { type SteadyClock, steadyClock, systemTime } from '../../triggers/watch/steady.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given, wholeNumber } from '../parse.ts'
import { findWatch } from './find-watch.ts'
import { withTriggers } from './opened.ts'

/** Says why a watch does or does not act, by what is kept of it, and what it decided last. */
export function explainWatch(context: CommandContext, args: Args): Promise<number> {
  const limit = wholeNumber(args, 'limit', 0, 10_000) ?? 10
  return withTriggers(context, args, async ({ exported, kept, nameOf }) => {
    const watch = findWatch(exported, args.words[0]!)
    const wall = Date.now()
    const steady = steadyClock(systemTime(), kept?.watches.clock())
    const now = steady.now()
    const known = kept?.watches.state(watch.name)
    const [last] = kept?.watches.decisions({ watch: watch.name, acted: true, limit: 1 }) ?? []
    const reading = kept === undefined ? nothing : lastReading(watch, kept, steady, wall)
    const state = known ?? newState(wall, now)
    const situation = { watch, state, reading, now, wall, last, nameOf, timeText: formatDate }
    const sentences = explain(situation)
    if (known === undefined) sentences.unshift('It was never watched; reops up keeps watches.')
    const decisions = kept?.watches.decisions({ watch: watch.name, limit }) ?? []
    if (given(args, 'json')) {
      const document = { watch: watch.name, because: sentences, state: known ?? null, decisions }
      context.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
      return 0
    }
    const past = decisions.map(
      ({ at, code, value, why, action }) =>
        `  ${formatDate(at)}  ${code.padEnd(8)}  ${action?.key ?? ''}${action ? ' ' : ''}${JSON.stringify(value) ?? why ?? ''}`,
    )
    const lines = [
      ...sentences,
      ...(past.length === 0 ? [] : ['', 'What it decided last, newest first:', ...past]),
    ]
    context.stdout.write(`${lines.map(neutraliseLine).join('\n')}\n`)
    return 0
  })
}

const nothing: Reading = { known: false, reason: 'absent', why: 'nothing came yet' }

/** What is known by the readings that are kept. The daemon may know something that is newer by as long as they are kept apart. */
function lastReading(watch: Watch, { readings }: KeptTriggers, steady: SteadyClock, wall: number): Reading {
  const board = createBoard()
  const { source } = watch
  const put = (name: string, maxAgeMs: number) => {
    for (const { topic, last } of readings.series(name)) {
      const at = steady.now() - (wall - last.at)
      board.put(
        name,
        topic,
        last.value === undefined
          ? { known: false, reason: 'unparseable', why: last.why ?? 'unknown' }
          : { known: true, value: last.value, at, until: at + maxAgeMs },
      )
    }
  }
  if (source.kind === 'poll') put(polledName(watch.name), source.maxAgeMs)
  else
    for (const sensor of source.kind === 'sensor' ? [source.sensor] : Object.values(source.sensors))
      put(sensor.name, (sensor.options.maxAgeSeconds + sensor.options.keepSeconds) * 1_000)
  return board.seenBy(watch, steady.now())
}
