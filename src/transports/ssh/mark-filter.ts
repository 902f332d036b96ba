/** Takes the line with the process id out of stderr, wherever a noisy login puts it. */
export interface MarkFilter {
  /** What of a chunk is the command's own. */
  push(chunk: Buffer): Buffer
  /** What was held back when the stream ended. */
  rest(): Buffer
}

/** If it has not come by then, it won't: a forced command, say, never runs our line. */
const lookFor = 8 * 1_024

const nothing = Buffer.alloc(0)

/** Makes a filter for `mark`; `found` gets the process id, and the login shell where the line has it. Whole lines before it pass at once. */
export function createMarkFilter(
  mark: string,
  found: (pid: number, shell: string | undefined) => void,
): MarkFilter {
  let held = nothing
  let seen = 0
  let looking = true

  const stop = (): Buffer => {
    looking = false
    const rest = held
    held = nothing
    return rest
  }
  return {
    push(chunk) {
      if (!looking) return chunk
      seen += chunk.length
      held = Buffer.concat([held, chunk])
      const start = held.indexOf(`${mark} `)
      const end = start < 0 ? -1 : held.indexOf('\n', start)
      if (end >= 0) {
        const [pid, shell] = held.toString('utf8', start + mark.length + 1, end).split(' ')
        found(Number(pid), shell)
        held = Buffer.concat([held.subarray(0, start), held.subarray(end + 1)])
        return stop()
      }
      if (seen > lookFor) return stop()
      const whole = start < 0 ? held.lastIndexOf('\n') + 1 : 0
      const lines = held.subarray(0, whole)
      held = held.subarray(whole)
      return lines
    },
    rest: stop,
  }
}
