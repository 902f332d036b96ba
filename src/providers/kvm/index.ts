import { ownValue } from '../../core/own-value.ts'
import type { Clock } from '../../core/ports.ts'
import type { KvmNode } from '../../core/systems/nodes.ts'
import { abilities, type Job, type Provider } from '../../core/systems/provider.ts'
import type { SystemSpec } from '../../core/systems/spec.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { cloneDomain } from './clone.ts'
import { openConsole } from './console.ts'
import { createDomain } from './create.ts'
import { type Hypervisor, keepHypervisor } from './hypervisor.ts'
import { destroyDomain, restartDomain, startDomain, stopDomain } from './lifecycle.ts'
import { listDomains } from './list.ts'
import { resizeDomain } from './resize.ts'
import { type OpenStream, openLibvirt } from './rpc/index.ts'
import { listSnapshots, revertSnapshot, takeSnapshot } from './snapshots.ts'
import { statusOf } from './status.ts'
import { type ImportOptions, importTemplate } from './templates/import.ts'
import { listTemplates, removeTemplate, type Template } from './templates/list.ts'
import { watchHypervisor } from './watch.ts'

export type { Template } from './templates/list.ts'

/** What the provider needs of the world. */
export interface KvmPorts {
  readonly clock: Clock
  /** Opens ways to hypervisors that are reached by SSH. */
  readonly openStream?: OpenStream | undefined
}

/** The provider of KVM, and what only it has: templates. */
export interface KvmProvider extends Provider {
  templates(node: string | undefined, job: Job): Promise<readonly Template[]>
  importTemplate(node: string, name: string, file: string, options: ImportOptions, job: Job): Promise<void>
  /** Answers whether it was there. */
  removeTemplate(node: string, name: string, job: Job): Promise<boolean>
}

/**
 * Machines on KVM hypervisors, by libvirt's own protocol. Nothing is connected before it is needed; a lost connection is
 * made again by the next that needs it.
 *
 * @example
 * const kvm = openKvm({ 'big-iron': { provider: 'kvm', uri: 'qemu:///system', pool: 'default', emulate: false } }, { clock })
 */
export function openKvm(nodes: Readonly<Record<string, KvmNode>>, ports: KvmPorts): KvmProvider {
  const hypervisors = new Map<string, Hypervisor>()
  const on = (node: string | undefined): Hypervisor => {
    const config = node === undefined ? undefined : ownValue(nodes, node)
    if (node === undefined || config === undefined)
      throw new SystemTrouble('refused', unknownNode(node, nodes))
    const known = hypervisors.get(node) ?? keepHypervisor(node, config, open(ports))
    hypervisors.set(node, known)
    return known
  }
  const among = (node: string | undefined) => (node === undefined ? Object.keys(nodes) : [node]).map(on)

  return {
    name: 'kvm',
    abilities: new Set(abilities),
    check: spec => problemsOf(spec, nodes),
    create: async (system, login, job) => createDomain(on(system.node), system, login, job),
    start: async (system, job) => startDomain(on(system.node), system, job),
    stop: async (system, options, job) => stopDomain(on(system.node), system, options, job),
    restart: async (system, options, job) => restartDomain(on(system.node), system, options, job),
    destroy: async (system, options, job) => destroyDomain(on(system.node), system, options, job),
    status: async (system, job) => statusOf(on(system.node), system, job),
    list: async (node, job) => (await Promise.all(among(node).map(one => listDomains(one, job)))).flat(),
    clone: async (system, copy, login, job) => cloneDomain(on(system.node), system, copy, login, job),
    snapshot: async (system, name, job) => takeSnapshot(on(system.node), system, name, job),
    revert: async (system, name, job) => revertSnapshot(on(system.node), system, name, job),
    snapshots: async (system, job) => listSnapshots(on(system.node), system, job),
    resize: async (system, to, job) => resizeDomain(on(system.node), system, to, job),
    console: async (system, job) => openConsole(on(system.node), system, job),
    watch: async (heard, signal) => {
      await Promise.all(among(undefined).map(one => watchHypervisor(one, heard, signal, ports.clock)))
    },
    templates: async (node, job) =>
      (await Promise.all(among(node).map(one => listTemplates(one, job)))).flat(),
    importTemplate: async (node, name, file, options, job) =>
      importTemplate(on(node), name, file, options, job),
    removeTemplate: async (node, name, job) => removeTemplate(on(node), name, job),
    close: async () => {
      await Promise.all([...hypervisors.values()].map(one => one.close()))
    },
  }
}

const open =
  ({ openStream }: KvmPorts) =>
  ({ uri }: KvmNode, limits: { readonly signal: AbortSignal; readonly timeout: number }) =>
    openLibvirt({ uri, ...limits, ...(openStream ? { openStream } : {}) })

function unknownNode(node: string | undefined, nodes: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(nodes)
  const known = names.length > 0 ? `there are ${names.join(', ')}` : 'none is configured'
  return `${node === undefined ? 'no hypervisor is named' : `there is no KVM hypervisor ${node}`}; ${known}; name them under hypervisors in reops.config.ts`
}

/** What no hypervisor of ours makes, in sentences. */
function problemsOf(spec: SystemSpec, nodes: Readonly<Record<string, KvmNode>>): readonly string[] {
  const problems: string[] = []
  const config = spec.node === undefined ? undefined : ownValue(nodes, spec.node)
  if (config === undefined) problems.push(unknownNode(spec.node, nodes))
  if ((spec.os ?? config?.os) === undefined)
    problems.push('nothing says what it is made of; write image(…), or set os for the hypervisor')
  if (spec.volumes.length > 24) problems.push('a machine has at most 24 volumes')
  const network = spec.network ?? config?.network
  if (network?.kind === 'user' && network.forward.length > 0 && (spec.count ?? 1) > 1)
    problems.push('several machines can not share one forwarded port; make them one by one, or use nat')
  return problems
}
