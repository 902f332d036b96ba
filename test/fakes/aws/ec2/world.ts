import type { WireError } from '../wire.ts'

/** An instance as this EC2 has it. */
export interface FakeInstance {
  readonly id: string
  readonly type: string
  readonly zone: string
  readonly subnet: string | undefined
  readonly image: string
  readonly token: string | undefined
  readonly spot: boolean
  /** Decoded, and unpacked where it was packed. */
  readonly userData: string
  readonly profile: string | undefined
  readonly groups: readonly string[]
  /** `required` where only the second version of the metadata service answers. */
  readonly metadata: string | undefined
  readonly tags: Map<string, string>
  readonly launched: number
  readonly number: number
  devices: { device: string; volume: string; delete: boolean }[]
  state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated'
  reason: string | undefined
  /** How often it is looked at until it is in the next state. */
  left: number
  /** How often it is not shown before it is. */
  hidden: number
}

export interface FakeVolume {
  readonly id: string
  readonly size: number
  readonly type: string
  readonly tags: Map<string, string>
  state: 'in-use' | 'available'
}

export interface FakeTemplate {
  readonly id: string
  readonly name: string
  readonly data: any
  readonly tags: Map<string, string>
  readonly token: string | undefined
  /** How often it is denied before it is known. */
  hidden: number
}

/** A price from a moment on (milliseconds since the epoch), in USD per hour. */
export interface FakePrice {
  readonly type: string
  readonly zone: string
  readonly at: number
  readonly price: string
  readonly product?: string
}

/** What an account has, and how it goes wrong. */
export interface World {
  readonly instances: Map<string, FakeInstance>
  readonly volumes: Map<string, FakeVolume>
  readonly templates: Map<string, FakeTemplate>
  /** Every fleet by its token: what was asked, and what was answered. */
  readonly fleets: Map<string, { readonly asked: string; readonly answer: any }>
  /** Launches by their tokens: what was asked, and the instance. */
  readonly launches: Map<string, { readonly asked: string; readonly id: string }>
  readonly prices: FakePrice[]
  /** Pools without room, by `type`, `type zone` or `zone`: how EC2 says so. */
  readonly full: Map<string, WireError>
  /** Ids of instances that nobody may terminate. */
  readonly protected: Set<string>
  /** Ids of instances that don't end by themselves. */
  readonly stubborn: Set<string>
  readonly images: Map<string, { readonly root: string; readonly architecture: string }>
  /** Looks until an instance is in its next state. */
  looks: number
  /** Looks that don't show an instance yet, from its launch on. */
  hides: number
  pageSize: number
  readonly now: () => number
  number: number
}

export const zones: Readonly<Record<string, string>> = {
  'subnet-0a': 'eu-central-1a',
  'subnet-0b': 'eu-central-1b',
}

const images = new Map([
  ['ami-0000000000000a641', { root: '/dev/xvda', architecture: 'arm64' }],
  ['ami-0000000000000864a', { root: '/dev/xvda', architecture: 'x86_64' }],
])

export function newWorld(now: () => number): World {
  return {
    instances: new Map(),
    volumes: new Map(),
    templates: new Map(),
    fleets: new Map(),
    launches: new Map(),
    prices: [],
    full: new Map(),
    protected: new Set(),
    stubborn: new Set(),
    images: new Map(images),
    looks: 1,
    hides: 0,
    pageSize: 1_000,
    now,
    number: 0,
  }
}
