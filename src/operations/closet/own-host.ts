import { hostname, networkInterfaces } from 'node:os'
import type { Host } from '../../core/hosts.ts'

/** One of a closet, as it may be this process's own. */
export interface Candidate {
  readonly host: Host
  /** The hypervisor that it stands on. */
  readonly node?: string | undefined
}

/** How this process's machine is called, and its addresses. */
export interface Self {
  readonly names: ReadonlySet<string>
  readonly addresses: ReadonlySet<string>
}

/** This machine by its hostname, whole and without its domain, its addresses, and what else it is called here. */
export function thisHost(alsoCalled: readonly string[] = []): Self {
  const addresses = Object.values(networkInterfaces()).flatMap(cards => (cards ?? []).map(one => one.address))
  return {
    names: new Set(
      ['localhost', hostname(), short(hostname()), ...alsoCalled].map(name => name.toLowerCase()),
    ),
    addresses: new Set(addresses),
  }
}

/**
 * The names of those that this process needs to live: its own machine, and the hypervisors under that. What is reached at
 * an address of ours by a port of its own is another machine, to which our port leads.
 */
export function ownAmong(candidates: readonly Candidate[], self: Self): ReadonlySet<string> {
  const own = new Set(candidates.filter(one => isSelf(one.host, self)).map(({ host }) => host.name))
  for (let before = -1; before !== own.size; ) {
    before = own.size
    for (const { host, node } of candidates.filter(one => own.has(one.host.name)))
      for (const under of node === undefined ? [] : [node, ...(host.jump ?? []).slice(-1)])
        for (const other of candidates)
          if (other.host.name !== host.name && isCalled(other.host, under)) own.add(other.host.name)
  }
  return own
}

/** Of those that this process needs, the ones that stand on no other of them: the rest goes down with these. */
export function outermost(candidates: readonly Candidate[], own: ReadonlySet<string>): ReadonlySet<string> {
  const those = candidates.filter(({ host }) => own.has(host.name))
  const standsOnOwn = ({ host, node }: Candidate) =>
    those.some(other => node !== undefined && other.host.name !== host.name && isCalled(other.host, node))
  return new Set(those.filter(one => !standsOnOwn(one)).map(({ host }) => host.name))
}

function isSelf({ name, address, port }: Host, { names, addresses }: Self): boolean {
  if (names.has(name.toLowerCase()) || names.has(short(name).toLowerCase())) return true
  const standard = port === undefined || port === 22
  return standard && (addresses.has(address ?? name) || names.has((address ?? '').toLowerCase()))
}

function isCalled({ name, address }: Host, other: string): boolean {
  return name === other || short(name) === short(other) || (address !== undefined && address === other)
}

/** The first label; addresses are left whole. */
function short(name: string): string {
  return /^[\d.]+$|:/.test(name) ? name : name.split('.')[0]!
}
