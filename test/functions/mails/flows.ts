import { email, flow, pipe, transform } from 're-ops'
import * as z from 'zod'

const input = z.strictObject({ to: z.string().default('ops@example.net') })

/** Closures alone, and a mail of what they come to. */
export const warm = flow({
  input,
  steps: ({ to }) =>
    pipe(
      transform((_input: { to: string }) => ({ hot: 71 })),
      email({ to, subject: 'The closet is warm', via: 'ses', within: 20 }),
      transform(({ hot }) => hot + 1),
    ),
})

export const required = flow({
  input,
  steps: ({ to }) => email<{ to: string }>({ to, subject: 'Read this', via: 'ses', required: true }),
})
