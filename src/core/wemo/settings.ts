import * as z from 'zod'

/** What `wemo` of `reops.config.ts` may say: where switches are found by an Echo. */
export const wemoSettingsSchema = z.strictObject({
  /** Our address in the network of the Echo; all of this machine's networks when left out. */
  address: z.ipv4().optional(),
  /** The first of 1,000 ports of which each switch has one of its own. */
  ports: z.int().min(1_024).max(64_535).default(49_200),
  /** Where it is listened for whoever searches; everybody asks at 1900. */
  searchPort: z.int().min(0).max(65_535).default(1_900),
})

export type WemoSettings = z.output<typeof wemoSettingsSchema>
