import type { DestroyOptions, Job, StopOptions } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { deleteVolume, openPool, openPoolIfThere } from './disks/pool.ts'
import { cutOff, findDomain, needDomain, stateOf, undefine, unlessOff } from './domains.ts'
import type { Desk, Hypervisor } from './hypervisor.ts'
import { namedVolumes, rootFile, seedFile } from './names.ts'
import { constants, type DomainRef, type PoolRef } from './rpc/index.ts'

/** Milliseconds between two looks at a domain that is asked to end. */
const lookEvery = 500

/** A guest that is still booting overhears the button, so it is pressed again after these milliseconds. */
const pressEvery = 10_000

/** Milliseconds that are kept for cutting a domain off at the end of a job's time. */
const pullingMs = 3_000

export async function startDomain(hypervisor: Hypervisor, system: System, job: Job): Promise<void> {
  const desk = hypervisor.desk(job)
  const domain = await needDomain(desk, system)
  const { state, detail } = await stateOf(desk, domain)
  if (state === 'running') return
  if (state === 'paused') {
    job.stage('resuming')
    return wake(desk, domain, detail)
  }
  job.stage('booting')
  await desk.call('domainCreateWithFlags', { domain, flags: 0 }, 'starting it')
}

export async function stopDomain(
  hypervisor: Hypervisor,
  system: System,
  options: StopOptions,
  job: Job,
): Promise<void> {
  const desk = hypervisor.desk(job)
  await end(desk, await needDomain(desk, system), system.hostname, options)
}

/** Presses the button until the guest is off, and pulls the plug after the grace only where that was asked for. */
async function end(desk: Desk, domain: DomainRef, hostname: string, options: StopOptions): Promise<void> {
  const { job } = desk
  const began = job.clock.now()
  // Who wants it off in the end wants that within the time that there is.
  const until = Math.min(began + options.graceMs, job.deadline - (options.force ? pullingMs : 0))
  let pressed = Number.NEGATIVE_INFINITY
  for (;;) {
    const { state, detail } = await stateOf(desk, domain)
    if (state === 'stopped' || state === 'missing') return
    const now = job.clock.now()
    if (now >= until) {
      if (!options.force)
        throw new SystemTrouble(
          'timeout',
          `${hostname} was asked to shut down and is still ${detail} after ${Math.round((now - began) / 1000)}s; give it longer, or stop it with force to cut it off`,
        )
      job.stage('cutting it off')
      return cutOff(desk, domain)
    }
    // One that is paused hears nothing.
    if (state === 'paused') await wake(desk, domain, detail)
    else if (now - pressed >= pressEvery) {
      if (pressed === Number.NEGATIVE_INFINITY) job.stage('shutting down')
      pressed = now
      await press(desk, domain)
    }
    await job.clock.sleep(Math.min(lookEvery, until - now), job.signal)
  }
}

function press(desk: Desk, domain: DomainRef): Promise<void> {
  return unlessOff(desk, domain, 'asking it to shut down', (connection, limits) =>
    // The button is what every system knows; an agent may not be there.
    connection.call('domainShutdownFlags', { domain, flags: constants.shutdown.acpi }, limits),
  )
}

/** Lets a domain go on: one that was paused, or one whose own system suspended it, which is woken instead. */
function wake(desk: Desk, domain: DomainRef, detail: string | undefined): Promise<void> {
  const flags = 0
  return unlessOff(desk, domain, 'letting it go on', (connection, limits) =>
    detail === 'suspended'
      ? connection.call('domainPmWakeup', { domain, flags }, limits)
      : connection.call('domainResume', { domain }, limits),
  )
}

export async function restartDomain(
  hypervisor: Hypervisor,
  system: System,
  options: StopOptions,
  job: Job,
): Promise<void> {
  await stopDomain(hypervisor, system, options, job)
  await startDomain(hypervisor, system, job)
}

/** Takes away the domain and every disk that is not kept. What is gone already is fine. */
export async function destroyDomain(
  hypervisor: Hypervisor,
  system: System,
  { graceMs }: DestroyOptions,
  job: Job,
): Promise<{ readonly kept: readonly string[] }> {
  const desk = hypervisor.desk(job)
  const domain = await findDomain(desk, system.id, system.ref)
  // Before anything is done: without its pools a machine would be gone and its disks would stay, unknown to all.
  const pools = await poolsOf(desk, system, domain !== undefined)
  if (domain !== undefined) {
    if (graceMs > 0) await end(desk, domain, system.hostname, { graceMs, force: true })
    job.stage('forgetting the domain')
    await undefine(desk, system.id, system.ref)
  }
  job.stage('deleting the disks')
  const own = desk.config.pool
  const take = async (name: string, file: string) => {
    const pool = pools.get(name)
    if (pool !== undefined) await deleteVolume(desk, pool, file)
  }
  for (const file of [rootFile(system.id), seedFile(system.id)]) await take(own, file)
  const kept: string[] = []
  for (const { file, keep, pool = own } of namedVolumes(system)) {
    if (keep) kept.push(`${pool}/${file}`)
    else await take(pool, file)
  }
  return { kept }
}

/** The pools of what is taken away. Where the machine is gone already, so may they be. */
async function poolsOf(desk: Desk, system: System, needed: boolean): Promise<ReadonlyMap<string, PoolRef>> {
  const own = desk.config.pool
  const names = [own, ...system.volumes.flatMap(({ keep, pool }) => (keep ? [] : [pool ?? own]))]
  const pools = new Map<string, PoolRef>()
  for (const name of new Set(names)) {
    const pool = needed ? await openPool(desk, name) : await openPoolIfThere(desk, name)
    if (pool !== undefined) pools.set(name, pool)
  }
  return pools
}
