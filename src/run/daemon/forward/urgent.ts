import type { Watch } from '../../../core/watch.ts'
import { type Board, createBoard, sourcesOf } from '../../../triggers/watch/board.ts'
import { judge, type Verdict } from '../../../triggers/watch/judge.ts'

/** How a topic of a sensor is called among all. */
export function keyOf(sensor: string, topic: string): string {
  return `${sensor}\0${topic}`
}

/**
 * The topics that AWS is to be told of so that its watches judge as they would here, by their keys. One is enough where one
 * makes the difference: of a hundred rooms it is the one that got too hot. What AWS was never told of is told anyway and
 * counts as told.
 */
export function urgentTopics(
  watches: readonly Watch[],
  here: Board,
  known: Board,
  now: number,
): ReadonlySet<string> {
  return new Set(watches.flatMap(watch => differing(watch, here, known, now)))
}

function differing(watch: Watch, here: Board, known: Board, now: number): readonly string[] {
  const verdict = (board: Board) => judge(watch.rules, board.seenBy(watch, now), now)
  const wanted = verdict(here)
  if (same(verdict(known), wanted)) return []
  const trial = createBoard()
  const told: { readonly key: string; put(): void; putBack(): void }[] = []
  for (const sensor of sourcesOf(watch))
    for (const [topic, reading] of here.topics(sensor)) {
      const before = known.topics(sensor).get(topic)
      trial.put(sensor, topic, before ?? reading)
      if (before === undefined || before === reading) continue
      const put = () => void trial.put(sensor, topic, reading)
      told.push({ key: keyOf(sensor, topic), put, putBack: () => void trial.put(sensor, topic, before) })
    }
  if (same(verdict(trial), wanted)) return []
  const enough = told.find(one => {
    one.put()
    const agrees = same(verdict(trial), wanted)
    one.putBack()
    return agrees
  })
  return (enough === undefined ? told : [enough]).map(({ key }) => key)
}

function same(one: Verdict, other: Verdict): boolean {
  if (!one.known || !other.known) return one.known === other.known
  return one.holds === other.holds && one.clears === other.clears
}
