import * as z from 'zod'
import { defined } from '../defined.ts'
import { explainIssues } from '../errors.ts'
import type { Ec2Part } from './ec2.ts'
import type { Network, Volume } from './parts.ts'
import { InvalidSystem, type Preset, type SpecPart, systemSpecSchema } from './spec.ts'

/**
 * A preset of your own: a part of a system under a name. Throws `InvalidSystem` for what no system can be.
 *
 * @example
 * const database = preset('database', { cpu: 4, ram: 16_384, volumes: [{ size: 200, keep: true }], tags: ['db'] })
 */
export function preset(name: string, part: SpecPart): Preset {
  partSchema ??= z.strictObject(systemSpecSchema.partial().shape)
  const parsed = partSchema.safeParse(part)
  if (!parsed.success) throw new InvalidSystem(`${name}: ${explainIssues(parsed.error.issues)}`)
  return known(name, part)
}

/** Made by the first that is checked: most flows need none, and it is dear. */
let partSchema: z.ZodType | undefined

/** One that can be: each import of this module would check those below anew. */
function known(name: string, part: SpecPart): Preset {
  return Object.freeze({ preset: name, part })
}

/** On a KVM hypervisor, by its name in `reops.config.ts`. */
export const kvm = (node: string): Preset => preset(`kvm(${quoted(node)})`, { provider: 'kvm', node })

/** On a host of LXD or Incus, by its name in `reops.config.ts`. */
export const lxd = (node: string): Preset => preset(`lxd(${quoted(node)})`, { provider: 'lxd', node })

/** How an instance of EC2 is launched, where that is not as the configuration (`aws.ec2`) says. */
export interface Ec2Options extends Partial<Omit<Ec2Part, 'types'>> {
  /** An image, `ami-…`, or a public parameter of one, in which `{arch}` stands for the type's architecture. */
  readonly image?: string | undefined
}

/**
 * On EC2, as an instance of a type; of several types the first that there is capacity of. Throws `InvalidSystem`.
 *
 * @example
 * create(ec2('t4g.micro'), named('gate'))
 * create(ec2(['t4g.micro', 't3.micro'], { spot: true, zones: ['eu-central-1a', 'eu-central-1b'] }), 'redis', 3)
 */
export function ec2(types: string | readonly string[], { image, ...options }: Ec2Options = {}): Preset {
  const list = typeof types === 'string' ? [types] : [...types]
  const part = { provider: 'ec2', ec2: { types: list, ...defined(options) } }
  return preset(`ec2(${list.map(quoted).join(', ')})`, image === undefined ? part : { ...part, os: image })
}

/** One processor and 512 MiB. */
export const small = known('small', { cpu: 1, ram: 512 })
/** Two processors and 2 GiB. */
export const medium = known('medium', { cpu: 2, ram: 2_048 })
/** Four processors and 8 GiB. */
export const large = known('large', { cpu: 4, ram: 8_192 })

/** So many processors. */
export const cpus = (count: number): Preset => preset(`cpus(${count})`, { cpu: count })
/** So many MiB of memory. */
export const memory = (mib: number): Preset => preset(`memory(${mib})`, { ram: mib })
/** So many GiB for the system's own disk; the template's size when nothing says it. */
export const rootDisk = (gib: number): Preset => preset(`rootDisk(${gib})`, { disk: gib })

/**
 * A disk of so many GiB besides the system's own. `keep` lets it outlive the system.
 *
 * @example
 * create(kvm('big-iron'), medium, volume(100, { name: 'data', keep: true }), named('redis'))
 */
export const volume = (size: number, options: Partial<Omit<Volume, 'size'>> = {}): Preset =>
  preset(`volume(${size})`, { volumes: [{ size, ...options }] })

/** The domain of the full name. */
export const inDomain = (domain: string): Preset => preset(`inDomain(${quoted(domain)})`, { domain })
/** The template or the image that it is made of. */
export const image = (os: string): Preset => preset(`image(${quoted(os)})`, { os })
/** How it meets the network. */
export const networked = (network: Network): Preset => preset(`network ${network.kind}`, { network })
/** UEFI instead of the BIOS. */
export const uefi = known('uefi', { firmware: 'uefi' })
/** The user and the name of the key that are set up, and by which it is reached. */
export const login = (user: string, key?: string): Preset => preset(`login(${quoted(user)})`, { user, key })

function quoted(text: string): string {
  return JSON.stringify(text)
}
