import type { Found, Job } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { type Box, idOfMachine, type Parts } from './box.ts'
import { statusOf } from './status.ts'

/** Every machine of the configuration and how it stands, so many asked at once as hosts are worked on. */
export async function list(parts: Parts, job: Job): Promise<readonly Found[]> {
  const boxes = [...parts.boxes.values()]
  const found: Found[] = []
  const next = boxes.entries()
  const work = async () => {
    for (const [index, box] of next) found[index] = await foundAs(parts, box, job)
  }
  await Promise.all(Array.from({ length: Math.min(parts.hosts.concurrency, boxes.length) }, work))
  return found
}

async function foundAs(parts: Parts, box: Box, job: Job): Promise<Found> {
  return {
    ...(await statusOf(parts, box, job)),
    ref: box.name,
    label: box.name,
    told: toldOf(box),
  }
}

/** What the configuration says of it is what the store is to have of it. */
function toldOf({ name, machine }: Box): Partial<System> {
  const { description, tags, domain, os, user, key, address, port } = machine
  return {
    id: idOfMachine(name),
    provider: 'physical',
    ref: name,
    hostname: name,
    description,
    tags,
    ...(domain === undefined ? {} : { domain }),
    ...(os === undefined ? {} : { os }),
    ...(user === undefined ? {} : { user }),
    ...(key === undefined ? {} : { key }),
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
  }
}
