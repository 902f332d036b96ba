import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { Desk } from './desk.ts'
import { byId } from './find.ts'
import type { Instance } from './instance.ts'

/** Milliseconds between two looks, at the beginning and at most; each is up to half longer, so that many don't ask at once. */
const firstPause = 500
const longestPause = 4_000

/**
 * Looks at an instance until it is as wanted, and answers it; at `until` (milliseconds since the epoch) it answers how it
 * is then. One that EC2 does not know any more is gone. Throws `SystemTrouble` when the job's own time is over: EC2 goes on
 * by itself, and the same call again finds how far it has come.
 */
export async function watch(
  desk: Desk,
  id: string,
  wanted: (state: string) => boolean,
  until = Number.POSITIVE_INFINITY,
): Promise<Pick<Instance, 'State'>> {
  const { clock, deadline } = desk.job
  for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 1.5)) {
    const instance = (await byId(desk, id)) ?? { State: { Name: 'terminated' } }
    const state = instance.State.Name
    if (wanted(state) || clock.now() >= until) return instance
    if (clock.now() >= deadline)
      throw new SystemTrouble(
        'timeout',
        `${id} is ${state} still, and the time for it is over; EC2 goes on, and the same call again waits for it`,
        { detail: { state } },
      )
    await desk.pause(Math.min(pause * (1 + Math.random() / 2), until - clock.now()))
  }
}
