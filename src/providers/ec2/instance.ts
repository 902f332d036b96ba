import * as z from 'zod'

const text = z.string().max(2_000)

const tag = z.object({ Key: text.default(''), Value: text.default('') })

/** An instance as EC2 describes it, as far as it is of use here. */
const instanceSchema = z.object({
  InstanceId: z.string().regex(/^i-[0-9a-f]{8,32}$/),
  State: z.object({ Name: text.default('unknown') }).default({ Name: 'unknown' }),
  InstanceType: text.optional(),
  InstanceLifecycle: text.optional(),
  PublicIpAddress: z.union([z.ipv4(), z.ipv6()]).optional(),
  PrivateIpAddress: z.union([z.ipv4(), z.ipv6()]).optional(),
  Placement: z.object({ AvailabilityZone: text.optional() }).default({}),
  LaunchTime: z.date().optional(),
  StateReason: z.object({ Code: text.optional(), Message: text.optional() }).optional(),
  CpuOptions: z.object({ CoreCount: z.int().optional(), ThreadsPerCore: z.int().optional() }).optional(),
  BlockDeviceMappings: z
    .array(
      z.object({
        DeviceName: text.optional(),
        Ebs: z.object({ VolumeId: text.optional(), DeleteOnTermination: z.boolean().optional() }).optional(),
      }),
    )
    .max(1_000)
    .default([]),
  Tags: z.array(tag).max(200).default([]),
})

export type Instance = Omit<z.output<typeof instanceSchema>, 'Tags'> & {
  readonly tags: ReadonlyMap<string, string>
}

/** The instances of an answer that can be read; the SDK has made objects of the XML, and nothing more is believed. */
export function readInstances(
  reservations: readonly { readonly Instances?: readonly unknown[] | undefined }[] | undefined,
): Instance[] {
  return (reservations ?? [])
    .flatMap(({ Instances = [] }) => Instances)
    .flatMap(one => {
      const parsed = instanceSchema.safeParse(one)
      if (!parsed.success) return []
      const { Tags, ...instance } = parsed.data
      return [{ ...instance, tags: new Map(Tags.map(({ Key, Value }) => [Key, Value])) }]
    })
}

/** Whether it is gone, or will be: nothing brings it back. */
export function isGone({ State }: Pick<Instance, 'State'>): boolean {
  return State.Name === 'shutting-down' || State.Name === 'terminated'
}
