import * as z from 'zod'

/** A label of a host's name (RFC 1123): what a machine calls itself, and by what it is called in tables. */
export const hostname = z
  .string()
  .max(63)
  .regex(
    /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
    'a hostname has up to 63 lower-case letters, digits and dashes, and starts and ends with a letter or digit',
  )

/** The rest of a full name, such as `closet.lan`. */
export const domain = z
  .string()
  .max(189)
  .regex(
    /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
    'a domain is made of lower-case labels with dots between, such as closet.lan',
  )

/** A name of ours: a type, a node, a template, a tag, a snapshot. It may stand in a file's name and in XML. */
export const plainName = z
  .string()
  .max(64)
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/,
    'a name has up to 64 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit',
  )

/** The name of a provider, such as `kvm`. */
export const providerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'a provider has a short lower-case name such as kvm')

/** A system's id: `sys-` and twenty hexadecimal digits. */
export const systemId = z
  .string()
  .regex(/^sys-[0-9a-f]{20}$/, 'a system id is sys- and 20 hexadecimal digits')

export const macAddress = z
  .string()
  .regex(
    /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/,
    'a MAC address is six pairs of lower-case digits, such as 52:54:00:12:34:56',
  )

/** A disk besides the system's own. `size` is GiB; a kept one outlives the system. */
export const volume = z.strictObject({
  name: plainName.optional(),
  size: z.int().min(1).max(65_536),
  keep: z.boolean().default(false),
  /** The storage pool; the node's own when left out. */
  pool: plainName.optional(),
})

/**
 * How a machine meets the network: behind its node's address translation (`name`: libvirt's network), on a bridge of
 * the node (`name`: the bridge), or by its hypervisor's process alone (`user`), with ports of the node's loopback
 * that lead to ports of the machine.
 */
export const network = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('nat'), name: plainName.optional(), mac: macAddress.optional() }),
  z.strictObject({ kind: z.literal('bridge'), name: plainName, mac: macAddress.optional() }),
  z.strictObject({
    kind: z.literal('user'),
    mac: macAddress.optional(),
    forward: z
      .array(z.strictObject({ from: z.int().min(1).max(65_535), to: z.int().min(1).max(65_535) }))
      .max(32)
      .default([]),
  }),
])

/** MiB of memory. */
export const ram = z.int().min(64).max(16_777_216)
export const cpu = z.int().min(1).max(1_024)
/** GiB of the system's own disk. */
export const disk = z.int().min(1).max(65_536)
export const tags = z.array(plainName).max(64)
export const description = z.string().max(1_000)

export type Volume = z.output<typeof volume>

/** What a volume is called: one without a name by its place among a system's. */
export function volumeName({ name }: Pick<Volume, 'name'>, index: number): string {
  return name ?? `data-${index + 1}`
}

export type Network = z.output<typeof network>
