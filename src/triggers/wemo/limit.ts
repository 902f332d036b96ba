/** So many askers are remembered; who is forgotten begins anew. */
const mostAskers = 1_000

/** Answers in a burst, and so many a second: of one asker, and of all together. */
const each = { burst: 200, perSecond: 40 }
const together = { burst: 1_000, perSecond: 200 }

interface Bucket {
  left: number
  at: number
}

/** Says whether an asker may have another answer. Nobody can have us send more than a limit, whomever it says it is. */
export function answerLimit(now: () => number): (asker: string, answers: number) => boolean {
  const askers = new Map<string, Bucket>()
  const all: Bucket = { left: together.burst, at: now() }
  const fill = (bucket: Bucket, { burst, perSecond }: typeof each) => {
    const at = now()
    bucket.left = Math.min(burst, bucket.left + (Math.max(0, at - bucket.at) / 1_000) * perSecond)
    bucket.at = at
  }
  return (asker, answers) => {
    const own = askers.get(asker) ?? { left: each.burst, at: now() }
    askers.delete(asker)
    askers.set(asker, own)
    if (askers.size > mostAskers) askers.delete(askers.keys().next().value!)
    fill(own, each)
    fill(all, together)
    if (own.left < answers || all.left < answers) return false
    own.left -= answers
    all.left -= answers
    return true
  }
}
