import { every, flow, hosts, ls, pick, pipe, pretty, schedule, successful } from 're-ops'
import * as z from 'zod'

/** The closet by name: `reops.config.ts` says how each of its hosts is reached. */
const closet = hosts({ user: 'ops' }, ['foo', 'bar', 'big-iron', 'attic', 'cellar', 'dusty', 'vault'])

export const listing = flow({
  description: 'list a path on every host of the closet',
  input: z.strictObject({ path: z.string().default('/') }),
  steps: input => pipe(ls(closet, input.path, '-la'), pick(successful), pretty()),
})

/** Once deployed, the bridge lists what is there when the day is over. */
export const listNightly = schedule(listing, every.day('22:00', 'Europe/Berlin'), { path: '/srv' })
