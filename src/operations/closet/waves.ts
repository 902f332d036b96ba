import type { Host } from '../../core/hosts.ts'

/**
 * Hosts in the order in which they may go down: one through which others are reached goes after them, or nobody could ask
 * them any more. Those that lead to each other go together.
 */
export function inWaves(hosts: readonly Host[]): readonly (readonly Host[])[] {
  const waves: Host[][] = []
  let left = [...hosts]
  while (left.length > 0) {
    const leads = new Set(left.flatMap(host => (host.jump ?? []).filter(name => name !== host.name)))
    const free = left.filter(host => !leads.has(host.name))
    const wave = free.length > 0 ? free : left
    waves.push(wave)
    left = left.filter(host => !wave.includes(host))
  }
  return waves
}
