import type { Config } from '../../core/config.ts'
import { defined } from '../../core/defined.ts'
import type { Host } from '../../core/hosts.ts'
import { ownValue } from '../../core/own-value.ts'
import type { System } from '../../core/systems/system.ts'

/**
 * How a system is reached: at its address, or by its name while none is known, by its own user and key. What the
 * configuration says of its node's ways is the way there; on a hypervisor that is itself reached by SSH, whose network
 * nobody else sees, that is the hypervisor.
 */
export function hostOf(system: System, config: Config): Host {
  const { hostname, address, port, user, key } = system
  const own = { name: hostname, ...defined({ address, port, user, key }) }
  if (system.provider === 'physical') {
    // A machine keeps its address and its host key; it is known by its name, as any host.
    const machine = ownValue(config.machines, hostname)
    const { address: place, port: door, user: who, key: by, jump } = machine ?? {}
    return { ...defined({ address: place, port: door, user: who, key: by, jump }), ...own }
  }
  if (system.provider === 'ec2' && config.aws.ec2.reach === 'ssm')
    // Run Command knows instances by their ids.
    return { ...own, ...defined({ address: system.ref ?? address }), via: 'ssm', system: system.id }
  return { ...own, ...defined({ jump: jumpTo(system, config) }), system: system.id }
}

function jumpTo(system: System, { hypervisors }: Config): readonly string[] | undefined {
  const node = system.node === undefined ? undefined : ownValue(hypervisors, system.node)
  if (node === undefined) return undefined
  if (node.jump !== undefined) return node.jump
  if (node.provider !== 'kvm' || system.network?.kind === 'bridge') return undefined
  const [, host] = /^[a-z]+\+ssh:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:?]+)/.exec(node.uri) ?? []
  return host === undefined ? undefined : [host.replace(/^\[|\]$/g, '')]
}
