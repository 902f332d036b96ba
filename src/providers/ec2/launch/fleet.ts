import {
  CreateFleetCommand,
  type CreateFleetError,
  type CreateFleetResult,
  type FleetLaunchTemplateOverridesRequest,
} from '@aws-sdk/client-ec2'
import { defined } from '../../../core/defined.ts'
import { oneLine } from '../../../core/one-line.ts'
import type { Ec2Part } from '../../../core/systems/ec2.ts'
import type { System } from '../../../core/systems/system.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import type { Desk } from '../desk.ts'
import { codeOf, isCapacity, troubleOf } from '../errors.ts'
import { tagsOf } from '../tags.ts'
import type { LaunchData } from './data.ts'
import { type Pool, said } from './pools.ts'
import { makeTemplate, removeTemplate } from './template.ts'
import { tokenOf } from './token.ts'

/** Milliseconds for taking the template away, when the job's own time may be over. */
const tidying = 4_000

/** EC2 may not know yet of a template that it has just made: it is asked so often, with longer and longer pauses. */
const mostAttempts = 5
const settling = 500

/** So many of the pools that had nothing are named. */
const mostNamed = 6

type Launched = System & { readonly ec2: Ec2Part }

/**
 * Launches in the first of several pools that has room: on demand in their order, spot where it is cheap and likely to stay.
 * One call of EC2 tries them all under one token, so that a repeated call can't end with two instances in two pools, as
 * a loop over the pools could. The token is of the system and of its launch template: an attempt that was interrupted has
 * left the template, and is gone on with; one that ended has taken it away, and the next is another.
 */
export async function launchFleet(
  desk: Desk,
  system: Launched,
  pools: readonly Pool[],
  data: LaunchData,
): Promise<string> {
  const { job } = desk
  job.stage(`launching the first of ${named(pools.map(said))}`)
  let unknown = false
  try {
    return await launch(desk, system, pools, await makeTemplate(desk, system, data))
  } catch (error) {
    unknown = error instanceof SystemTrouble && error.code === 'unknown'
    throw error
  } finally {
    // While nobody knows what became of the launch, the template stays, and with it the token.
    if (!unknown)
      await removeTemplate(desk.afterwards(tidying), system).catch((error: Error) =>
        job.warn(`its launch template stays behind until it is destroyed: ${error.message}`),
      )
  }
}

/** Asks for the fleet until EC2 knows of the template that it was told of a moment ago. */
async function launch(
  desk: Desk,
  system: Launched,
  pools: readonly Pool[],
  template: string,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const { Instances = [], Errors = [] } = await askFor(desk, system, pools, template, attempt)
    const [id] = Instances.flatMap(({ InstanceIds = [] }) => InstanceIds)
    const tooEarly = id === undefined && Errors.some(({ ErrorCode }) => isTooEarly(ErrorCode))
    if (tooEarly && attempt < mostAttempts) {
      await desk.pause(settling * attempt)
      continue
    }
    for (const error of Errors) desk.job.stage(`${poolOf(error)}: ${error.ErrorCode}`)
    if (id !== undefined) return id
    throw nothing(system, Errors)
  }
}

function isTooEarly(code: string | undefined): boolean {
  return /^InvalidLaunchTemplate.*NotFound/.test(code ?? '')
}

/** What a fleet answers. A token that was answered with errors answers the same again, so each attempt has its own. */
async function askFor(
  desk: Desk,
  { id, hostname, domain, ec2 }: Launched,
  pools: readonly Pool[],
  template: string,
  attempt: number,
): Promise<Pick<CreateFleetResult, 'Instances' | 'Errors'>> {
  const spot = ec2.spot !== undefined
  const Tags = tagsOf({ id, hostname, domain }, desk.settings.stack)
  try {
    return await desk.launch('launching', (client, options) =>
      client.send(
        new CreateFleetCommand({
          Type: 'instant',
          ClientToken: tokenOf(id, template, attempt),
          TagSpecifications: [{ ResourceType: 'fleet', Tags }],
          LaunchTemplateConfigs: [
            {
              LaunchTemplateSpecification: { LaunchTemplateId: template, Version: '$Latest' },
              Overrides: pools.map((pool, index) => overrideOf(pool, index, ec2)),
            },
          ],
          TargetCapacitySpecification: {
            TotalTargetCapacity: 1,
            DefaultTargetCapacityType: spot ? 'spot' : 'on-demand',
          },
          ...(spot
            ? { SpotOptions: { AllocationStrategy: 'price-capacity-optimized' } }
            : { OnDemandOptions: { AllocationStrategy: 'prioritized' } }),
        }),
        options,
      ),
    )
  } catch (error) {
    const ErrorCode = codeOf(error)
    if (!isTooEarly(ErrorCode)) throw error
    return { Errors: [{ ErrorCode, ErrorMessage: (error as Error).message }] }
  }
}

function overrideOf(
  { type, image, zone, subnet }: Pool,
  index: number,
  { spot }: Ec2Part,
): FleetLaunchTemplateOverridesRequest {
  const price = typeof spot === 'object' ? spot.maxPrice : undefined
  return {
    InstanceType: type as 't3.micro',
    ImageId: image,
    Priority: index,
    ...defined({
      SubnetId: subnet,
      AvailabilityZone: zone,
      MaxPrice: price === undefined ? undefined : String(price),
    }),
  }
}

function poolOf({ LaunchTemplateAndOverrides }: CreateFleetError): string {
  const { InstanceType: type, AvailabilityZone, SubnetId } = LaunchTemplateAndOverrides?.Overrides ?? {}
  return said({ type: type ?? 'a type', ...defined({ zone: AvailabilityZone, subnet: SubnetId }) })
}

/** What a fleet without an instance means. What another pool could not have healed is told before what it could. */
function nothing({ hostname }: System, errors: readonly CreateFleetError[]): unknown {
  const worst = errors.find(({ ErrorCode }) => !isCapacity(ErrorCode))
  if (worst !== undefined) {
    const { ErrorCode = 'Error', ErrorMessage = '' } = worst
    const cause = Object.assign(new Error(ErrorMessage), {
      name: ErrorCode,
      $metadata: { httpStatusCode: 400 },
    })
    return troubleOf(cause, `launching ${poolOf(worst)}`)
  }
  const all = errors.map(error => `${poolOf(error)}: ${oneLine(error.ErrorCode ?? '', 80)}`)
  return new SystemTrouble(
    'busy',
    `there is no capacity for ${hostname}: ${named(all) || 'EC2 launched nothing and does not say why'}; name more types or zones, or try again later`,
    { detail: { pools: all } },
  )
}

function named(all: readonly string[]): string {
  const more = all.length > mostNamed ? ` and ${all.length - mostNamed} more` : ''
  return `${all.slice(0, mostNamed).join(', ')}${more}`
}
