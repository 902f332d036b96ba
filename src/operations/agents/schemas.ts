import * as z from 'zod'

const bytes = z.number().min(0)
const text = z.string().max(4_096)

/** What a host is doing at one moment. Sizes are bytes, rates bytes a second; what it can't say is `null`. */
export const statsSchema = z.object({
  /** An ISO 8601 time, by the host's own clock. */
  at: text,
  cpu: z.object({ count: z.int().min(0), busyPercent: z.number().min(0).max(100).nullable() }),
  load: z.object({ one: z.number(), five: z.number(), fifteen: z.number() }),
  memory: z.object({
    totalBytes: bytes,
    availableBytes: bytes,
    usedBytes: bytes,
    swapTotalBytes: bytes.nullable(),
    swapUsedBytes: bytes.nullable(),
  }),
  disks: z.array(z.object({ mount: text, sizeBytes: bytes, usedBytes: bytes, availableBytes: bytes })),
  net: z.array(
    z.object({
      name: text,
      receivedBytes: bytes,
      sentBytes: bytes,
      receivedPerSecond: bytes,
      sentPerSecond: bytes,
    }),
  ),
  temperatures: z.array(z.object({ name: text, celsius: z.number() })).nullable(),
  uptimeSeconds: bytes,
})

/** What a host is doing at one moment. */
export type Stats = z.output<typeof statsSchema>

export const processesSchema = z.array(
  z.object({
    pid: z.int(),
    parent: z.int(),
    name: text,
    /** One letter, as `ps` has it: `R` runs, `S` sleeps, `Z` is dead and not buried. */
    state: text,
    uid: z.int().nullable(),
    memoryBytes: bytes,
    /** Seconds of processor time since it began. */
    cpuSeconds: z.number(),
    command: text,
  }),
)

/** One process of a host. */
export type Process = z.output<typeof processesSchema>[number]

export const filesSchema = z.array(
  z.object({
    name: text,
    kind: z.enum(['file', 'folder', 'link', 'other']),
    bytes,
    /** Four octal digits. */
    mode: text,
    uid: z.int(),
    gid: z.int(),
    modifiedAt: text,
    target: text.optional(),
  }),
)

/** One file of a folder, as it stands there. */
export type FileEntry = z.output<typeof filesSchema>[number]

export const servicesSchema = z.array(
  z.object({
    name: text,
    loaded: z.boolean(),
    /** `active`, `inactive`, `failed` …, as systemd says it. */
    active: text,
    /** `running`, `exited`, `dead` … */
    state: text,
    description: text,
  }),
)

/** One service of a host. */
export type Service = z.output<typeof servicesSchema>[number]

export const packagesSchema = z.object({
  manager: z.enum(['dpkg', 'rpm', 'apk']),
  packages: z.array(z.object({ name: text, version: text, arch: text.optional() })),
})

/** The packages of a host, and what manages them. */
export type InstalledPackages = z.output<typeof packagesSchema>

export const collectSchema = z.object({ name: text, collecting: z.boolean(), was: z.boolean() })

/** What became of a collection: whether it goes on, and whether there had been one of that name. */
export type Collecting = z.output<typeof collectSchema>

export const collectedSchema = z.object({
  name: text,
  /** Milliseconds between two readings. */
  every: z.number(),
  since: text,
  readings: z.array(statsSchema),
  /** Readings that made room for newer ones, and those that failed. */
  dropped: z.number(),
  failed: z.number(),
})

/** What an agent has collected. */
export type Collected = z.output<typeof collectedSchema>
