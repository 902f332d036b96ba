import { median } from './median.ts'

/** Somebody who does the job. `run` does it once. */
export interface Contestant {
  readonly name: string
  run(): Promise<void>
  /** What comes before each run and is not measured. */
  prepare?(): Promise<void>
}

/** How long a contestant took, in milliseconds. */
export interface Result {
  readonly name: string
  readonly median: number
  readonly fastest: number
  readonly slowest: number
}

export interface Rounds {
  readonly rounds: number
  /** Rounds before those that count. */
  readonly warmUp: number
}

/**
 * Lets contestants take turns, so that whatever else the machine does meanwhile hits them alike. Who begins changes
 * from round to round.
 */
export async function contest(
  contestants: readonly Contestant[],
  { rounds, warmUp }: Rounds,
): Promise<Result[]> {
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
  for (let round = -warmUp; round < rounds; round++) {
    tell(round < 0 ? 'warming up\r' : `round ${round + 1} of ${rounds}\r`)
    const first = (round + warmUp) % contestants.length
    for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
      const took = await timed(contestant)
      if (round >= 0) times.get(contestant.name)?.push(took)
    }
  }
  tell('\u001b[K')
  return [...times].map(([name, each]) => ({
    name,
    median: median(each),
    fastest: Math.min(...each),
    slowest: Math.max(...each),
  }))
}

/** On a terminal, where it can be taken back. */
function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(text)
}

async function timed({ run, prepare }: Contestant): Promise<number> {
  await prepare?.()
  const began = performance.now()
  await run()
  return performance.now() - began
}
