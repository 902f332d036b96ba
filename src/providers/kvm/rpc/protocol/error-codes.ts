/** Numbers of libvirt's errors, of those that a provider meets or tells apart. */
const codes = {
  VIR_ERR_INTERNAL_ERROR: 1,
  VIR_ERR_NO_MEMORY: 2,
  VIR_ERR_NO_SUPPORT: 3,
  VIR_ERR_UNKNOWN_HOST: 4,
  VIR_ERR_NO_CONNECT: 5,
  VIR_ERR_INVALID_CONN: 6,
  VIR_ERR_INVALID_DOMAIN: 7,
  VIR_ERR_INVALID_ARG: 8,
  VIR_ERR_OPERATION_FAILED: 9,
  VIR_ERR_OS_TYPE: 16,
  VIR_ERR_CALL_FAILED: 26,
  VIR_ERR_XML_ERROR: 27,
  VIR_ERR_DOM_EXIST: 28,
  VIR_ERR_OPERATION_DENIED: 29,
  VIR_ERR_OPEN_FAILED: 30,
  VIR_ERR_XML_DETAIL: 35,
  VIR_ERR_INVALID_NETWORK: 36,
  VIR_ERR_NETWORK_EXIST: 37,
  VIR_ERR_SYSTEM_ERROR: 38,
  VIR_ERR_RPC: 39,
  VIR_ERR_NO_DOMAIN: 42,
  VIR_ERR_NO_NETWORK: 43,
  VIR_ERR_INVALID_MAC: 44,
  VIR_ERR_AUTH_FAILED: 45,
  VIR_ERR_INVALID_STORAGE_POOL: 46,
  VIR_ERR_INVALID_STORAGE_VOL: 47,
  VIR_ERR_NO_STORAGE_POOL: 49,
  VIR_ERR_NO_STORAGE_VOL: 50,
  VIR_ERR_OPERATION_INVALID: 55,
  VIR_ERR_CONFIG_UNSUPPORTED: 67,
  VIR_ERR_OPERATION_TIMEOUT: 68,
  VIR_ERR_HOOK_SCRIPT_FAILED: 70,
  VIR_ERR_INVALID_DOMAIN_SNAPSHOT: 71,
  VIR_ERR_NO_DOMAIN_SNAPSHOT: 72,
  VIR_ERR_INVALID_STREAM: 73,
  VIR_ERR_ARGUMENT_UNSUPPORTED: 74,
  VIR_ERR_STORAGE_PROBE_FAILED: 75,
  VIR_ERR_STORAGE_POOL_BUILT: 76,
  VIR_ERR_SNAPSHOT_REVERT_RISKY: 77,
  VIR_ERR_OPERATION_ABORTED: 78,
  VIR_ERR_AUTH_CANCELLED: 79,
  VIR_ERR_NO_DOMAIN_METADATA: 80,
  VIR_ERR_OVERFLOW: 82,
  VIR_ERR_BLOCK_COPY_ACTIVE: 83,
  VIR_ERR_OPERATION_UNSUPPORTED: 84,
  VIR_ERR_AGENT_UNRESPONSIVE: 86,
  VIR_ERR_RESOURCE_BUSY: 87,
  VIR_ERR_ACCESS_DENIED: 88,
  VIR_ERR_STORAGE_VOL_EXIST: 90,
  VIR_ERR_CPU_INCOMPATIBLE: 91,
  VIR_ERR_XML_INVALID_SCHEMA: 92,
  VIR_ERR_AUTH_UNAVAILABLE: 94,
  VIR_ERR_AGENT_UNSYNCED: 97,
  VIR_ERR_DEVICE_MISSING: 99,
  VIR_ERR_NO_HOSTNAME: 108,
} as const

/** The part of libvirt in which an error arose. */
const domains = {
  VIR_FROM_NONE: 0,
  VIR_FROM_XML: 5,
  VIR_FROM_DOM: 6,
  VIR_FROM_RPC: 7,
  VIR_FROM_CONF: 9,
  VIR_FROM_QEMU: 10,
  VIR_FROM_NET: 11,
  VIR_FROM_TEST: 12,
  VIR_FROM_REMOTE: 13,
  VIR_FROM_LXC: 17,
  VIR_FROM_STORAGE: 18,
  VIR_FROM_NETWORK: 19,
  VIR_FROM_DOMAIN: 20,
  VIR_FROM_SECURITY: 24,
  VIR_FROM_CPU: 31,
  VIR_FROM_NWFILTER: 33,
  VIR_FROM_HOOK: 34,
  VIR_FROM_DOMAIN_SNAPSHOT: 35,
  VIR_FROM_STREAMS: 38,
  VIR_FROM_EVENT: 40,
  VIR_FROM_LOCKING: 42,
  VIR_FROM_CAPABILITIES: 44,
  VIR_FROM_URI: 45,
  VIR_FROM_AUTH: 46,
  VIR_FROM_DBUS: 47,
  VIR_FROM_DEVICE: 49,
  VIR_FROM_CGROUP: 54,
  VIR_FROM_ACCESS: 55,
  VIR_FROM_SYSTEMD: 56,
  VIR_FROM_FIREWALL: 59,
  VIR_FROM_POLKIT: 60,
  VIR_FROM_LOGGING: 63,
} as const

/** An error's name as libvirt's headers have it; one that we have no name for shows its number. */
export type LibvirtCode = keyof typeof codes | `VIR_ERR_${number}`

const codeNames = new Map<number, LibvirtCode>(
  Object.entries(codes).map(([name, number]) => [number, name as LibvirtCode]),
)
const domainNames = new Map<number, string>(Object.entries(domains).map(([name, number]) => [number, name]))

/** The same call may succeed a moment later, with nothing else changed. */
const passing: ReadonlySet<LibvirtCode> = new Set<LibvirtCode>([
  'VIR_ERR_OPERATION_TIMEOUT',
  'VIR_ERR_AGENT_UNRESPONSIVE',
  'VIR_ERR_AGENT_UNSYNCED',
  'VIR_ERR_RESOURCE_BUSY',
  'VIR_ERR_NO_MEMORY',
])

/** `42` is `VIR_ERR_NO_DOMAIN`. */
export function nameOfCode(code: number): LibvirtCode {
  return codeNames.get(code) ?? `VIR_ERR_${code}`
}

/** `10` is `VIR_FROM_QEMU`. */
export function nameOfDomain(domain: number): string {
  return domainNames.get(domain) ?? `VIR_FROM_${domain}`
}

export function worthRepeating(code: LibvirtCode): boolean {
  return passing.has(code)
}
