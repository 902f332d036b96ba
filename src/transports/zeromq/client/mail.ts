import type { JobMessage } from './link.ts'

/** What the bridge says of one job and the job waits for. */
export type JobNews = Extract<
  JobMessage,
  { readonly kind: 'accepted' | 'busy' | 'refused' | 'answer' | 'failed' }
>

/** The news of one job, in their order. */
export interface Mail {
  push(news: JobNews): boolean
  /** Forgets what belongs to an earlier submit; an end is an end. */
  renew(): void
  /** Rejects with the signal's reason. */
  next(signal: AbortSignal): Promise<JobNews>
}

/** A bridge has no reason to say more than this before it is heard. */
const most = 16

const ends: ReadonlySet<JobNews['kind']> = new Set(['answer', 'failed'])

export function openMail(): Mail {
  let kept: JobNews[] = []
  let wake: (() => void) | undefined
  return {
    push: news => {
      // The first end counts.
      if (kept.some(({ kind }) => ends.has(kind))) return false
      if (kept.length >= most && !ends.has(news.kind)) return false
      kept.push(news)
      wake?.()
      return true
    },
    renew: () => {
      kept = kept.filter(({ kind }) => ends.has(kind))
    },
    next: async signal => {
      while (kept.length === 0) {
        await new Promise<void>((resolve, reject) => {
          const stop = () => reject(signal.reason)
          if (signal.aborted) return stop()
          signal.addEventListener('abort', stop, { once: true })
          wake = () => {
            signal.removeEventListener('abort', stop)
            resolve()
          }
        }).finally(() => {
          wake = undefined
        })
      }
      return kept.shift()!
    },
  }
}
