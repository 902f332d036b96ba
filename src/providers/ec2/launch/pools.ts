import type { Ec2Part } from '../../../core/systems/ec2.ts'
import type { Ec2Settings } from '../desk.ts'
import { imageFor } from '../image.ts'

/** A pool of capacity: a type at a place, and the image for it. */
export interface Pool {
  readonly type: string
  readonly image: string
  readonly subnet?: string
  readonly zone?: string
}

/** The pools that will do, in the order of preference: the first type everywhere before the second. */
export function poolsOf({ types, zones, subnets }: Ec2Part, os: string, { ec2 }: Ec2Settings): Pool[] {
  const own = zones?.map(zone => ({ zone })) ?? subnets?.map(subnet => ({ subnet }))
  const places: readonly Pick<Pool, 'subnet' | 'zone'>[] = own ?? ec2.subnets.map(subnet => ({ subnet }))
  return types.flatMap(type =>
    (places.length === 0 ? [{}] : places).map(place => ({ type, image: imageFor(os, type), ...place })),
  )
}

/** How a pool is called: `t4g.micro in eu-central-1a`. */
export function said({ type, zone, subnet }: Pick<Pool, 'type' | 'zone' | 'subnet'>): string {
  const place = zone ?? subnet
  return place === undefined ? type : `${type} in ${place}`
}
