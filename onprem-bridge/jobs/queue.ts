/** What the queue has to know of a job. */
export interface Waiting {
  readonly id: string
  readonly submitter: string
  /** From 0, which is last, to 9. */
  readonly priority: number
  /** Of its request. */
  readonly bytes: number
}

export interface Room {
  readonly waiting: number
  readonly waitingEach: number
  readonly waitingBytes: number
}

/** Jobs that wait: by priority, and by age among equals. */
export interface Queue<J extends Waiting> {
  /** Why there is no room for a job, if there is none. */
  full(job: Omit<Waiting, 'id' | 'priority'>): string | undefined
  /** Takes room, whether there is any or not: what was accepted is never put out. */
  enter(job: J): void
  /** Lets a job that has room be taken. */
  lineUp(job: J): void
  /** Takes the next one out of the line; it keeps its room. */
  take(): J | undefined
  /** Puts back what was taken, before all others of its priority. */
  putBack(job: J): void
  /** Gives the room back, and the place in the line. */
  leave(job: J): void
  readonly size: number
  /** Those that could be taken. */
  readonly lined: number
  readonly bytes: number
}

export function openQueue<J extends Waiting>(room: Room): Queue<J> {
  const lines = Array.from({ length: 10 }, () => new Map<string, J>())
  const inside = new Set<J>()
  const each = new Map<string, number>()
  let bytes = 0

  return {
    full(job) {
      if (inside.size >= room.waiting) return `${inside.size} jobs wait, as many as this bridge takes`
      if ((each.get(job.submitter) ?? 0) >= room.waitingEach)
        return `${room.waitingEach} jobs of ${job.submitter} wait, as many as this bridge takes of one submitter`
      // A job alone may be larger than all that may wait: it is nobody's fault but is taken.
      if (inside.size > 0 && bytes + job.bytes > room.waitingBytes)
        return `the requests that wait have ${bytes} bytes, as many as this bridge takes`
      return undefined
    },
    enter(job) {
      if (inside.has(job)) return
      inside.add(job)
      each.set(job.submitter, (each.get(job.submitter) ?? 0) + 1)
      bytes += job.bytes
    },
    lineUp: job => void lines[job.priority]!.set(job.id, job),
    take() {
      for (let priority = 9; priority >= 0; priority--) {
        const [first] = lines[priority]!.values()
        if (first === undefined) continue
        lines[priority]!.delete(first.id)
        return first
      }
      return undefined
    },
    putBack(job) {
      lines[job.priority] = new Map([[job.id, job], ...lines[job.priority]!])
    },
    leave(job) {
      lines[job.priority]!.delete(job.id)
      if (!inside.delete(job)) return
      const left = each.get(job.submitter)! - 1
      if (left === 0) each.delete(job.submitter)
      else each.set(job.submitter, left)
      bytes -= job.bytes
    },
    get size() {
      return inside.size
    },
    get lined() {
      return lines.reduce((sum, line) => sum + line.size, 0)
    },
    get bytes() {
      return bytes
    },
  }
}
