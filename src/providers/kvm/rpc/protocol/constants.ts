/** What changes: the running instance, the stored description, or what is there. */
export const affect = { current: 0, live: 1, config: 2 } as const
export const start = { paused: 1 } as const
export const shutdown = { acpi: 1, agent: 2 } as const
export const define = { validate: 1 } as const
export const undefine = {
  managedSave: 1,
  snapshotsMetadata: 2,
  nvram: 4,
  keepNvram: 8,
  checkpointsMetadata: 16,
  tpm: 32,
} as const
export const vcpus = { maximum: 4, guest: 8 } as const
export const memory = { maximum: 4 } as const
export const metadataType = { description: 0, title: 1, element: 2 } as const
/** Where a domain's addresses are looked for. */
export const addressSource = { lease: 0, agent: 1, arp: 2 } as const
export const addressType = { ipv4: 0, ipv6: 1 } as const
export const blockResize = { bytes: 1 } as const
export const console = { force: 1, safe: 2 } as const
export const listDomains = { active: 1, inactive: 2, persistent: 4, transient: 8, running: 16 } as const
export const snapshotRevert = { running: 1, paused: 2, force: 4 } as const
export const snapshotDelete = { children: 1, metadataOnly: 2, childrenOnly: 4 } as const

/** A domain's states in the order of their numbers. */
export const domainStates = [
  'nostate',
  'running',
  'blocked',
  'paused',
  'shutdown',
  'shutoff',
  'crashed',
  'pmsuspended',
] as const

/** A pool's states in the order of their numbers. */
export const poolStates = ['inactive', 'building', 'running', 'degraded', 'inaccessible'] as const

/** The facts to ask for with `connectGetAllDomainStats`. */
export const stats = { state: 1, cpuTotal: 2, balloon: 4, vcpu: 8, interface: 16, block: 32 } as const
