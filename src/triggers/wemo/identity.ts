import { createHash } from 'node:crypto'

/** By what an Echo knows a switch again. */
export interface Identity {
  readonly serial: string
  /** `uuid:Socket-1_0-…`, in which the serial number stands. */
  readonly udn: string
  readonly mac: string
}

/**
 * The identity of a switch, made of whose it is and its name: the same for every process and machine, so that an Echo that
 * knows it needs to search no more.
 */
export function identityOf(project: string, name: string): Identity {
  const hash = hashOf(project, name)
  const serial = hash.slice(0, 14).toUpperCase()
  // The second bit says that nobody has given it out.
  const mac = `02${hash.slice(14, 24)}`.toUpperCase()
  return { serial, udn: `uuid:Socket-1_0-${serial}`, mac }
}

/** How many ports there are to choose from. */
const portSpan = 1_000

/** A port for each switch, by its name and not by how many others there are. What a declaration says goes first. */
export function portsOf(
  project: string,
  devices: readonly { readonly name: string; readonly port?: number | undefined }[],
  first: number,
): ReadonlyMap<string, number> {
  const ports = new Map<string, number>()
  const taken = new Set<number>()
  for (const { name, port } of devices) {
    if (port === undefined) continue
    ports.set(name, port)
    taken.add(port)
  }
  for (const { name } of devices.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (ports.has(name)) continue
    let offset = Number.parseInt(hashOf(project, name).slice(24, 32), 16) % portSpan
    while (taken.has(first + offset)) offset = (offset + 1) % portSpan
    ports.set(name, first + offset)
    taken.add(first + offset)
  }
  return ports
}

function hashOf(project: string, name: string): string {
  return createHash('sha256')
    .update(JSON.stringify([project, name.toLowerCase()]))
    .digest('hex')
}
