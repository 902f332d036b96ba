import * as z from 'zod'

/** An instance type, such as `t4g.micro`, `m7i.metal-24xl` or `u-6tb1.112xlarge`. */
export const instanceType = z
  .string()
  .max(60)
  .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'an instance type is written like t4g.micro')

/** An availability zone, such as `eu-central-1a`, or a local one, such as `us-west-2-lax-1a`. */
export const zone = z
  .string()
  .max(60)
  .regex(
    /^[a-z]{2}(?:-[a-z]+)+-\d+(?:-[a-z]+-\d+)?[a-z]$/,
    'a zone is written like eu-central-1a: its region and a letter',
  )

const subnet = z.string().regex(/^subnet-[0-9a-f]+$/, 'a subnet is written like subnet-0a1b2c3d')
const securityGroup = z.string().regex(/^sg-[0-9a-f]+$/, 'a security group is written like sg-0a1b2c3d')

/** The most pools of capacity (a type in a place) that are tried for one instance. */
const mostTypes = 20
const mostPlaces = 12

/**
 * What only EC2 knows of a system: what it is launched as, and where. Left out, places, security groups and the instance
 * profile are those of the configuration (`aws.ec2`).
 */
export const ec2Part = z.strictObject({
  /** The types that will do, the first the best; the next is for when there is no capacity of one. */
  types: z.array(instanceType).min(1).max(mostTypes).readonly(),
  /** Zones of the default network that will do; `subnets` are in zones themselves. */
  zones: z.array(zone).min(1).max(mostPlaces).readonly().optional(),
  subnets: z.array(subnet).min(1).max(mostPlaces).readonly().optional(),
  /** Spare capacity, which AWS may take back: at up to the price on demand, or at most so many USD per hour. */
  spot: z
    .union([z.literal(true), z.strictObject({ maxPrice: z.number().min(0.0001).max(1_000).optional() })])
    .optional(),
  securityGroups: z.array(securityGroup).min(1).max(16).readonly().optional(),
  /** The name of an instance profile, by whose role its programs act. */
  instanceProfile: z
    .string()
    .regex(/^[\w+=,.@-]{1,128}$/, 'an instance profile is called by its name')
    .optional(),
})

export type Ec2Part = z.output<typeof ec2Part>

/** The region of a zone: `eu-central-1` of `eu-central-1a`, `us-west-2` of `us-west-2-lax-1a`. */
export function regionOf(zoneName: string): string {
  return /^[a-z]{2}(?:-[a-z]+)+?-\d+/.exec(zoneName)?.[0] ?? zoneName
}
