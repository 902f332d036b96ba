import { flow, hosts, ls, pick, pipe, pretty, successful } from 're-ops'
import * as z from 'zod'

/** The closet by name: `reops.config.ts` says how each of its hosts is reached. */
const closet = hosts({ user: 'ops' }, ['foo', 'bar', 'big-iron', 'attic', 'cellar', 'dusty', 'vault'])

export const listing = flow({
  description: 'list a path on every host of the closet',
  input: z.strictObject({ path: z.string().default('/') }),
  steps: input => pipe(ls(closet, input.path, '-la'), pick(successful), pretty()),
})
