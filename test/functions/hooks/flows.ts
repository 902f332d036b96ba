import { flow, pipe, transform, webhook } from 're-ops'
import * as z from 'zod'

export const deployed = flow({
  input: z.strictObject({ ref: z.string().default('main') }),
  steps: pipe(transform(({ ref }: { ref: string }) => ref)),
})

export const pushed = webhook('git/push', deployed, {
  secret: { parameter: '/re-ops/hooks/git' },
  runs: 'cloud',
})
export const rung = webhook('bell', deployed, { bearer: { parameter: '/re-ops/hooks/bell' }, runs: 'cloud' })
/** Nobody has put its secret there. */
export const early = webhook('early', deployed, {
  secret: { parameter: '/re-ops/hooks/early' },
  runs: 'cloud',
})
export const athome = webhook('home', deployed, { secret: { env: 'HOOK_SECRET' } })
