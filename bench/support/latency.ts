/** Somebody whose single calls are timed. */
export interface Caller {
  readonly name: string
  call(): Promise<void>
}

/** Milliseconds of each call, from the fastest to the slowest. */
export type Latencies = ReadonlyMap<string, readonly number[]>

/**
 * Times calls one after the other, `each` at a time of every caller in turns, so that whatever else the machine does
 * meanwhile hits them alike. The first round doesn't count.
 */
export async function timeCalls(
  callers: readonly Caller[],
  { rounds, each }: { readonly rounds: number; readonly each: number },
): Promise<Latencies> {
  const times = new Map<string, number[]>(callers.map(({ name }) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    const first = (round + 1) % callers.length
    for (const { name, call } of [...callers.slice(first), ...callers.slice(0, first)]) {
      for (let count = 0; count < each; count++) {
        const began = performance.now()
        await call()
        if (round >= 0) times.get(name)!.push(performance.now() - began)
      }
    }
  }
  return new Map([...times].map(([name, all]) => [name, all.sort((a, b) => a - b)]))
}

/** So many hundredths of the calls took no longer than this, in milliseconds. */
export function percentile(latencies: Latencies, name: string, hundredths: number): number {
  const all = latencies.get(name)
  const found = all?.[Math.min(all.length - 1, Math.floor((all.length * hundredths) / 100))]
  if (found === undefined) throw new Error(`${name} took no part`)
  return found
}
