/** Flows of a user's project, each for one thing that the command has to do well. */
export const flowsSource = `
import { exec, expression, flow, hosts, map, parallel, pick, pipe, pretty, query, source, successful, transform, wait, when } from 're-ops'
import * as z from 'zod'

const closet = hosts(['foo', 'bar', 'dusty'])
const none = z.strictObject({})

export const greet = flow({
  description: 'say hello on every host',
  input: z.strictObject({ word: z.string().default('hello'), times: z.number().int().optional() }),
  steps: input => pipe(exec(closet, ['echo', input.word]), pretty()),
})
export const bare = flow({ input: none, steps: exec(closet, 'uptime') })
export const counted = flow({ input: none, steps: pipe(exec(closet, 'uptime'), pretty(), transform(out => out.successful.length)) })
export const gated = flow({ input: none, steps: pipe(exec(hosts(['foo']), 'uptime'), when(function hot() { return false })) })
export const gatedDusty = flow({ input: none, steps: pipe(exec(closet, 'uptime'), when(function hot() { return false })) })
export const dated = flow({ input: none, steps: pipe(exec(closet, 'uptime'), transform(function today() { return { at: new Date(0) } })) })
export const called = flow({ input: none, steps: pipe(exec(closet, 'uptime'), map(function later() { return () => 1 })) })
export const large = flow({
  input: none,
  steps: pipe(exec(hosts(['foo']), 'large'), map(v => v.stdout), map(text => ({ length: text.length, end: text.slice(-3) }))),
})
export const threw = flow({ input: none, steps: pipe(exec(closet, 'uptime'), transform(function broken() { throw new RangeError('no such disk') })) })
export const slow = flow({ input: none, steps: exec(closet, 'slow') })
export const waiting = flow({ input: none, steps: pipe(exec(hosts(['foo']), 'uptime'), wait(3600)) })
export const hostless = flow({ input: none, steps: pipe(source(20), query('$states.input + 1')) })
export const branches = flow({ input: none, steps: parallel(exec(hosts(['foo']), 'uptime'), exec(hosts(['dusty']), 'uptime')) })
`
