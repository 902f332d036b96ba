import type { Ability, Job, Provider } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { check } from './check.ts'
import { create } from './create.ts'
import { type Desk, deskFor, type Ec2Settings, openClient } from './desk.ts'
import { destroy } from './destroy.ts'
import { describe, find, isYoung, ours } from './find.ts'
import { isGone } from './instance.ts'
import { restart, start, stop } from './lifecycle.ts'
import { foundOf, statusOf } from './placed.ts'

const able: readonly Ability[] = ['create', 'start', 'stop', 'restart', 'destroy']

/** What EC2 does otherwise than our other providers, and what to do instead. */
const unable = {
  clone: 'make an image of it, and create another of that',
  snapshot: 'snapshots of EC2 are of disks and not of machines; make an image, or a snapshot of its volume',
  revert: 'create another of an image that was made of it',
  resize: 'its size is its type: destroy it and create another, with its data on a volume that is kept',
  console: 'reach it by Run Command or SSH',
} as const

/**
 * Instances of EC2 in one account and region, known by the tags that they carry. Nothing is asked before it is needed.
 * Creating and starting answer once EC2 has accepted them; stopping and destroying wait, at most until the job's deadline,
 * and go on when they are called again. Everything that AWS refuses rejects with `SystemTrouble`.
 *
 * @example
 * const provider = openEc2(awsSettingsSchema.parse({ region: 'eu-central-1' }))
 * await provider.list(undefined, job)
 * await provider.close()
 */
export function openEc2(settings: Ec2Settings): Provider {
  let opened: ReturnType<typeof openClient> | undefined
  const at = async <T>(
    { node }: { readonly node?: string | undefined },
    job: Job,
    work: (desk: Desk) => Promise<T>,
  ): Promise<T> => {
    if (node !== undefined)
      throw new SystemTrouble('refused', `instances of EC2 stand on no node, and there is no ${node}`)
    if (job.signal.aborted) throw new SystemTrouble('cancelled', 'stopped before it began')
    opened ??= openClient(settings)
    return work(deskFor(opened, settings, job))
  }
  const refuse = async (what: keyof typeof unable, job: Job): Promise<never> => {
    if (job.signal.aborted) throw new SystemTrouble('cancelled', 'stopped before it began')
    throw new SystemTrouble('refused', `ec2 has no ${what}: ${unable[what]}`)
  }
  return {
    name: 'ec2',
    abilities: new Set(able),
    check: spec => check(settings, spec),
    create: (system, login, job) => at(system, job, desk => create(desk, system, login)),
    start: (system, job) => at(system, job, desk => start(desk, system)),
    stop: (system, options, job) => at(system, job, desk => stop(desk, system, options)),
    restart: (system, _options, job) => at(system, job, desk => restart(desk, system)),
    destroy: (system, options, job) => at(system, job, desk => destroy(desk, system, options)),
    status: (system, job) => at(system, job, desk => readStatus(desk, system)),
    list: (node, job) =>
      at({ node }, job, async desk => {
        const found = await describe(desk, { Filters: ours(desk) })
        return found.filter(one => !isGone(one)).map(one => foundOf(one, settings.ec2.reach))
      }),
    clone: (_system, _copy, _login, job) => refuse('clone', job),
    snapshot: (_system, _name, job) => refuse('snapshot', job),
    revert: (_system, _name, job) => refuse('revert', job),
    snapshots: (_system, job) => refuse('snapshot', job),
    resize: (_system, _to, job) => refuse('resize', job),
    console: (_system, job) => refuse('console', job),
    async close() {
      opened?.destroy()
      opened = undefined
    },
  }
}

async function readStatus(desk: Desk, system: System) {
  const found = await find(desk, system)
  if (found !== undefined) return statusOf(found, desk.settings.ec2.reach)
  if (system.ref !== undefined && isYoung(desk, system)) {
    const detail = `EC2 does not show ${system.ref} yet`
    return { state: 'unknown', detail, addressFrom: detail } as const
  }
  return { state: 'missing', detail: 'EC2 has no instance of it' } as const
}
