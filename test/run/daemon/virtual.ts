import { setTimeout as sleep } from 'node:timers/promises'
import { manualClock } from '../../fakes/manual-clock.ts'
import { daemonHere, quiet } from './here.ts'

/**
 * A daemon whose time passes when a test says so, and whose wall clock somebody may set. Its executions take their own time,
 * and so does the broker.
 */
export async function daemonOnVirtualTime(
  flows: string,
  { start = Date.now(), config = {} }: { readonly start?: number; readonly config?: object } = {},
) {
  const passing = manualClock(start)
  let set = 0
  const clock = { now: () => passing.now() + set, sleep: passing.sleep }
  const time = { wall: clock.now, monotonic: passing.now, boot: 'the first' }
  const here = await daemonHere(flows, { ...config, daemon: quiet }, { clock, time })
  return {
    ...here,
    now: clock.now,
    /** Sets the wall clock forward, or back, by so many milliseconds. */
    set(ms: number) {
      set += ms
    },
    /** Lets so many milliseconds pass in steps, with a moment of real time between for disks and sockets. */
    async pass(ms: number, step = 30_000) {
      for (let passed = 0; passed < ms; passed += step) {
        await passing.advance(Math.min(step, ms - passed))
        await sleep(1)
      }
    },
    /** Names of a flow's executions, the oldest first. */
    names: async (flow: string) => (await here.executions(flow)).map(({ name }) => name).toReversed(),
  }
}
