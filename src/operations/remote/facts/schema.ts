import { isIP } from 'node:net'
import * as z from 'zod'

const text = z.string().min(1).max(256).nullable().catch(null)
const whole = z.int().min(0).nullable().catch(null)

/** What may be believed of a host's answer: what does not fit is as unknown as what was not said. */
export const factsSchema = z.strictObject({
  hostname: text,
  os: z.strictObject({ name: text, version: text, kernel: text }),
  arch: text,
  cpu: z.strictObject({ model: text, count: z.int().min(1).nullable().catch(null) }),
  memory: z.strictObject({ totalBytes: whole, availableBytes: whole }),
  disks: z
    .array(
      z.strictObject({
        mount: z.string().min(1).max(400),
        sizeBytes: z.int().min(1),
        usedBytes: z.int().min(0),
      }),
    )
    .nullable(),
  addresses: z.array(z.string().refine(address => isIP(address) !== 0)).nullable(),
  uptimeSeconds: whole,
  virtualization: text,
})

/** What a host is. What can't be known is `null`, and never guessed. */
export type Facts = z.output<typeof factsSchema>
