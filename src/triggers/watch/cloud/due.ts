import type { Reading } from '../../../core/readings.ts'
import type { Watch } from '../../../core/watch.ts'
import { type Decided, decide } from '../decide.ts'
import { mostTopics } from './limits.ts'
import type { knowledgeOf } from './readings.ts'

/**
 * When what is known would lead to something else, though nothing new comes: at the end of a dwell, a cool-down or a budget.
 * Where several topics are one value, one of them that gets too old may change it. That nothing at all is known any more is
 * nothing that anybody acts on, and nobody looks at that.
 */
export function dueOf(
  watch: Watch,
  knownAt: ReturnType<typeof knowledgeOf>,
  decided: Decided,
  reading: Reading,
): number | undefined {
  let [now, known] = [decided, reading]
  // Each time one topic fewer is known.
  for (let looks = 0; looks <= mostTopics && now.wakeAt !== undefined && known.known; looks++) {
    const at = Math.max(Math.ceil(now.wakeAt), now.state.now + 1)
    if (isPending(now, known)) return at
    const later = knownAt(at)
    if (!later.known) return undefined
    const then = decide(watch.rules, now.state, later, at)
    // What it counts or would do is to be written down then.
    if (then.code !== decided.code || then.state.dwell !== undefined || isPending(then, later)) return at
    ;[now, known] = [then, later]
  }
  return undefined
}

/** Whether time leads to something else while the reading is believed. */
function isPending({ wakeAt }: Decided, reading: Reading): boolean {
  return wakeAt !== undefined && reading.known && wakeAt <= reading.until
}
