import { ec2 } from '../../../core/systems/presets.ts'
import type { SpecPart } from '../../../core/systems/spec.ts'
import type { LoadedConfig } from '../../../run/config.ts'
import { closest } from '../../closest.ts'
import { UsageError } from '../../usage-error.ts'
import { readGibibytes } from './sizes.ts'

type Network = NonNullable<SpecPart['network']>
type Volume = NonNullable<SpecPart['volumes']>[number]

/**
 * Where systems are made: `kvm:big-iron`, the name of a node, or of a provider without nodes; `ec2:t4g.micro,t3.micro` are
 * the types that will do. Throws `UsageError`.
 */
export function placeOf(word: string, { config }: LoadedConfig): SpecPart {
  const colon = word.indexOf(':')
  if (word.startsWith('ec2:')) return ec2(word.slice(colon + 1).split(',')).part
  if (colon > 0) return { provider: word.slice(0, colon), node: word.slice(colon + 1) }
  const node = Object.hasOwn(config.hypervisors, word) ? config.hypervisors[word] : undefined
  if (node !== undefined) return { provider: node.provider, node: word }
  const nodes = Object.keys(config.hypervisors)
  const meant = closest(word, nodes)
  if (meant === undefined && /^[a-z][a-z0-9-]{0,31}$/.test(word) && nodes.length === 0)
    return { provider: word }
  throw new UsageError(
    `there is no hypervisor ${JSON.stringify(word)}; ${meant === undefined ? `there ${nodes.length === 1 ? 'is' : 'are'} ${nodes.join(', ') || 'none'}; write <provider>:<node> for another` : `did you mean ${meant}?`}`,
  )
}

/** `100,keep,name=data,pool=fast`. Throws `UsageError`. */
export function volumeOf(word: string): Volume {
  const [size = '', ...options] = word.split(',')
  const volume: { -readonly [K in keyof Volume]: Volume[K] } = { size: readGibibytes(size, '--volume') }
  for (const option of options) {
    const [, key, value] = /^(name|pool)=(.+)$/.exec(option) ?? []
    if (option === 'keep') volume.keep = true
    else if (key !== undefined) volume[key as 'name' | 'pool'] = value
    else
      throw new UsageError(
        `--volume ${word}: ${JSON.stringify(option)} says nothing; write <size>[,keep][,name=<name>][,pool=<pool>]`,
      )
  }
  return volume
}

/** `nat`, `nat:default`, `bridge:br0`, `user:2222-22,8080-80`, each with `,mac=52:54:…`. Throws `UsageError`. */
export function networkOf(word: string): Network {
  const [first = '', ...rest] = word.split(',')
  const mac = rest.filter(one => one.startsWith('mac=')).map(one => one.slice(4))
  const card = mac.length === 0 ? {} : { mac: mac[0]!.toLowerCase() }
  const others = rest.filter(one => !one.startsWith('mac='))
  const [, kind, name] = /^(nat|bridge|user)(?::(.+))?$/.exec(first) ?? []
  if (kind === 'nat' && others.length === 0) return { kind, ...card, ...(name === undefined ? {} : { name }) }
  if (kind === 'bridge' && name !== undefined && others.length === 0) return { kind, name, ...card }
  if (kind === 'user') {
    const ports = [...(name === undefined ? [] : [name]), ...others]
    return { kind, ...card, forward: ports.map(port => forwardOf(port, word)) }
  }
  throw new UsageError(
    `--network ${word} is none; write nat, nat:<name>, bridge:<name>, user or user:<port>-<port>, and ,mac=<address>`,
  )
}

function forwardOf(ports: string, word: string) {
  const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(ports) ?? []
  if (from !== undefined) return { from: Number(from), to: Number(to) }
  throw new UsageError(
    `--network ${word}: ${JSON.stringify(ports)} is no forwarded port; write <port of the node>-<port of the system>, such as 2222-22`,
  )
}
