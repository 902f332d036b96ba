import { DescribeInstancesCommand, type Filter } from '@aws-sdk/client-ec2'
import { ownTag } from '../../core/aws.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { Desk } from './desk.ts'
import { codeOf } from './errors.ts'
import { type Instance, isGone, readInstances } from './instance.ts'
import { systemTag } from './tags.ts'

/** Instances of one page, and pages of one question: more than a hundred thousand are nobody's closet. */
const pageSize = 1_000
const mostPages = 200

/** Milliseconds in which EC2 may not know yet of an instance that it has launched. */
const settling = 120_000
/** Milliseconds that a job waits for it to be shown. */
const showing = 30_000
const lookEvery = 500

/** Asks for instances, page by page. */
export async function describe(
  desk: Desk,
  asked: { readonly Filters?: Filter[]; readonly InstanceIds?: string[] },
): Promise<Instance[]> {
  const all: Instance[] = []
  // A page's size and ids exclude each other.
  const page = asked.InstanceIds === undefined ? { MaxResults: pageSize } : {}
  let next: string | undefined
  for (let pages = 0; pages < mostPages; pages++) {
    const answer = await desk.ask('looking at the instances', (client, options) =>
      client.send(
        new DescribeInstancesCommand({ ...asked, ...page, ...(next ? { NextToken: next } : {}) }),
        options,
      ),
    )
    all.push(...readInstances(answer.Reservations))
    next = answer.NextToken
    if (!next) return all
  }
  throw new SystemTrouble(
    'exception',
    `EC2 has more than ${mostPages} pages of instances, and no end is in sight`,
  )
}

/** Narrows a question to what carries our tag. */
export function ours({ settings }: Desk, ...more: Filter[]): Filter[] {
  return [{ Name: `tag:${ownTag}`, Values: [settings.stack] }, ...more]
}

/** Whether an instance is this system's: what it carries says it, and neither its id nor its name. */
function isOf(instance: Instance, { id }: Pick<System, 'id'>, { settings }: Desk): boolean {
  return instance.tags.get(ownTag) === settings.stack && instance.tags.get(systemTag) === id
}

/** One instance by its id; none where EC2 does not know it, or not yet. */
export async function byId(desk: Desk, id: string): Promise<Instance | undefined> {
  try {
    return (await describe(desk, { InstanceIds: [id] }))[0]
  } catch (error) {
    // A reference that no instance can have was made by something else.
    if (/^InvalidInstanceID\.(?:NotFound|Malformed)$/.test(codeOf(error))) return undefined
    throw error
  }
}

/**
 * The instances of a system that are not gone, the oldest first: one, or none. A second one can only be there when a launch
 * was repeated long after nobody knew what had come of it.
 */
export async function allOf(desk: Desk, system: System): Promise<readonly Instance[]> {
  const found = await describe(desk, {
    Filters: ours(desk, { Name: `tag:${systemTag}`, Values: [system.id] }),
  })
  return found
    .filter(one => isOf(one, system, desk) && !isGone(one))
    .sort((a, b) => (a.LaunchTime?.getTime() ?? 0) - (b.LaunchTime?.getTime() ?? 0))
}

/** The instance of a system as EC2 shows it now; one that is gone only where there is no other. */
export async function find(desk: Desk, system: System): Promise<Instance | undefined> {
  const known = system.ref === undefined ? undefined : await byId(desk, system.ref)
  if (known && isOf(known, system, desk) && !isGone(known)) return known
  return (await allOf(desk, system))[0] ?? (known && isOf(known, system, desk) ? known : undefined)
}

/** Whether a system is so young that EC2 may not show its instance yet. */
export function isYoung({ job }: Desk, { createdAt }: Pick<System, 'createdAt'>): boolean {
  return job.clock.now() - createdAt < settling
}

/** Looks until EC2 shows something, for a while; answers nothing when it does not. */
export async function shown<T>(desk: Desk, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const { clock, deadline } = desk.job
  const until = Math.min(clock.now() + showing, deadline)
  for (;;) {
    const found = await look()
    if (found !== undefined || clock.now() >= until) return found
    await desk.pause(Math.min(lookEvery * (1 + Math.random()), until - clock.now()))
  }
}

/** The instance of a system that must be there; a young one is waited for. Throws `SystemTrouble`. */
export async function mustFind(desk: Desk, system: System): Promise<Instance> {
  const look = async () => find(desk, system)
  const found = isYoung(desk, system) ? await shown(desk, look) : await look()
  if (found !== undefined && !isGone(found)) return found
  throw new SystemTrouble(
    'refused',
    `EC2 has no instance of ${system.hostname} (${system.ref ?? system.id})${found ? `: it is ${found.State.Name}` : ''}; run sync to see what is there`,
  )
}
