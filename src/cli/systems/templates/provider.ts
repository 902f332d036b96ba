import type { SystemsPort } from '../../../core/systems/port.ts'
import type { Provider } from '../../../core/systems/provider.ts'
import type { KvmProvider } from '../../../providers/kvm/index.ts'
import type { LoadedConfig } from '../../../run/config.ts'
import { closest } from '../../closest.ts'
import type { Args } from '../../command.ts'
import { text } from '../../parse.ts'
import { UsageError } from '../../usage-error.ts'

/** A provider with templates. */
export type Templates = Pick<KvmProvider, 'templates' | 'importTemplate' | 'removeTemplate'>

/** KVM's provider, which has templates. */
export async function templatesOf(systems: SystemsPort): Promise<Templates> {
  const provider = await systems.provider('kvm')
  if (hasTemplates(provider)) return provider
  throw new UsageError('the provider that is wired as kvm has no templates')
}

function hasTemplates(provider: Provider): provider is Provider & Templates {
  return 'templates' in provider && 'importTemplate' in provider && 'removeTemplate' in provider
}

/** The hypervisor of `--on`; the only one that there is where it is left out. Throws `UsageError`. */
export function nodeOf(args: Args, loaded: LoadedConfig): string {
  const nodes = nodesOf(loaded)
  const node = text(args, 'on')
  if (node === undefined && nodes.length === 1) return nodes[0]!
  if (node !== undefined) return known(node, nodes)
  const there = nodes.length === 0 ? 'none is configured as kvm' : `there are ${nodes.join(', ')}`
  throw new UsageError(`--on has to say which hypervisor is meant; ${there}`)
}

/** The hypervisor of `--on`, where one is named. Throws `UsageError`. */
export function nodeIfNamed(args: Args, loaded: LoadedConfig): string | undefined {
  const node = text(args, 'on')
  return node === undefined ? undefined : known(node, nodesOf(loaded))
}

function nodesOf({ config }: LoadedConfig): string[] {
  return Object.entries(config.hypervisors).flatMap(([name, node]) => (node.provider === 'kvm' ? [name] : []))
}

function known(node: string, nodes: readonly string[]): string {
  if (nodes.includes(node)) return node
  const meant = closest(node, nodes)
  throw new UsageError(
    `there is no KVM hypervisor ${JSON.stringify(node)}; ${meant === undefined ? `there are ${nodes.join(', ') || 'none'}` : `did you mean ${meant}?`}`,
  )
}
