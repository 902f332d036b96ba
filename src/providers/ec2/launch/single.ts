import { RunInstancesCommand } from '@aws-sdk/client-ec2'
import { defined } from '../../../core/defined.ts'
import type { Ec2Part } from '../../../core/systems/ec2.ts'
import type { System } from '../../../core/systems/system.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import type { Desk } from '../desk.ts'
import { codeOf } from '../errors.ts'
import { describe, ours, shown } from '../find.ts'
import { isGone, readInstances } from '../instance.ts'
import { systemTag } from '../tags.ts'
import type { LaunchData } from './data.ts'
import { type Pool, said } from './pools.ts'
import { tokenOf } from './token.ts'

/** How often a system may have been launched before, and its instance be gone. */
const mostLives = 8

/**
 * Launches in one pool. Its token is the system's, so that a repeated call answers the same instance. EC2 remembers a token
 * for longer than the instance that it made: one that is gone is followed by the next token.
 */
export async function launchSingle(
  desk: Desk,
  system: System & { readonly ec2: Ec2Part },
  pool: Pool,
  data: LaunchData,
): Promise<string> {
  desk.job.stage(`launching ${said(pool)}`)
  for (let life = 0; life < mostLives; life++) {
    const token = tokenOf(system.id, life)
    const id = await launchOnce(desk, system, pool, data, token)
    if (id !== undefined) return id
  }
  throw new SystemTrouble(
    'refused',
    `${system.hostname} was launched ${mostLives} times already, and each instance is gone; make another system`,
  )
}

/** The instance of a token, or nothing where it is gone. */
async function launchOnce(
  desk: Desk,
  system: System & { readonly ec2: Ec2Part },
  { type, image, zone, subnet }: Pool,
  data: LaunchData,
  token: string,
): Promise<string | undefined> {
  try {
    const { Instances } = await desk.launch(`launching ${type}`, (client, options) =>
      client.send(
        new RunInstancesCommand({
          ClientToken: token,
          MinCount: 1,
          MaxCount: 1,
          ImageId: image,
          InstanceType: type as 't3.micro',
          ...data,
          ...defined({
            SubnetId: subnet,
            Placement: zone === undefined ? undefined : { AvailabilityZone: zone },
            InstanceMarketOptions: market(system.ec2),
          }),
        }),
        options,
      ),
    )
    const [made] = readInstances([{ Instances }])
    if (made === undefined)
      throw new SystemTrouble('unknown', `launching ${type}: EC2 answered without an instance`)
    return isGone(made) ? undefined : made.InstanceId
  } catch (error) {
    if (codeOf(error) !== 'IdempotentParameterMismatch') throw error
    // It was launched before, when the configuration said something else.
    const before = await shown(desk, async () => (await launchedBy(desk, system, token))[0])
    return before === undefined || isGone(before) ? undefined : before.InstanceId
  }
}

function launchedBy(desk: Desk, { id }: System, token: string) {
  return describe(desk, {
    Filters: ours(
      desk,
      { Name: 'client-token', Values: [token] },
      { Name: `tag:${systemTag}`, Values: [id] },
    ),
  })
}

/** Spare capacity, once: AWS ends the instance when it takes it back. */
function market({ spot }: Ec2Part) {
  if (spot === undefined) return undefined
  const price = spot === true ? undefined : spot.maxPrice
  const options = { SpotInstanceType: 'one-time', InstanceInterruptionBehavior: 'terminate' } as const
  return {
    MarketType: 'spot' as const,
    SpotOptions: { ...options, ...defined({ MaxPrice: price === undefined ? undefined : String(price) }) },
  }
}
