import { ownValue } from '../../core/own-value.ts'
import type { LxdNode } from '../../core/systems/nodes.ts'
import type { SystemSpec } from '../../core/systems/spec.ts'
import { refuseImage } from './image.ts'

/** What no container can be of what is asked for, each in a sentence. */
export function check(nodes: Readonly<Record<string, LxdNode>>, spec: SystemSpec): string[] {
  const { node, firmware, network, os, volumes } = spec
  const names = Object.keys(nodes)
  return [
    node === undefined &&
      names.length !== 1 &&
      `nothing says on which node; the configuration has ${list(names)}`,
    node !== undefined &&
      ownValue(nodes, node) === undefined &&
      `there is no node ${node}; the configuration has ${list(names)}`,
    firmware !== undefined && `a container has no firmware: leave ${firmware} out`,
    network?.kind === 'user' && 'a container has no network of its own process: use nat or bridge',
    os !== undefined && refuseImage(os),
    volumes.some(({ name }) => name === 'root') &&
      'a volume can not be named root, which is the disk of the system',
    volumes.some(({ name }) => /^eth\d+$/.test(name ?? '')) &&
      'a volume can not be named like a network card',
  ].filter(said => typeof said === 'string')
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none for lxd (hypervisors)' : names.join(', ')
}
