import type { DestroyOptions, Job, StopOptions } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { deleteVolume, openPool } from './disks/pool.ts'
import { cutOff, findDomain, needDomain, stateOf, undefine } from './domains.ts'
import type { Desk, Hypervisor } from './hypervisor.ts'
import { namedVolumes, rootFile, seedFile } from './names.ts'
import type { DomainRef } from './rpc/index.ts'

/** Milliseconds between two looks at a domain that is asked to end. */
const lookEvery = 500

/** A guest that is still booting overhears the button, so it is pressed again after these milliseconds. */
const pressEvery = 10_000

export async function startDomain(hypervisor: Hypervisor, system: System, job: Job): Promise<void> {
  const desk = hypervisor.desk(job)
  const domain = await needDomain(desk, system)
  const { state } = await stateOf(desk, domain)
  if (state === 'running') return
  if (state === 'paused') {
    job.stage('resuming')
    await desk.call('domainResume', { domain }, 'resuming it')
    return
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
  const until = Math.min(job.clock.now() + options.graceMs, job.deadline)
  let pressed = Number.NEGATIVE_INFINITY
  for (;;) {
    const { state, detail } = await stateOf(desk, domain)
    if (state === 'stopped') return
    const now = job.clock.now()
    if (now >= until) {
      if (!options.force)
        throw new SystemTrouble(
          'timeout',
          `${hostname} was asked to shut down and is still ${detail} after ${Math.round(options.graceMs / 1000)}s; stop it with force to cut it off`,
        )
      job.stage('cutting it off')
      return cutOff(desk, domain)
    }
    // One that is paused hears nothing.
    if (state === 'paused') await desk.call('domainResume', { domain }, 'resuming it, so that it can end')
    else if (now - pressed >= pressEvery) {
      if (pressed === Number.NEGATIVE_INFINITY) job.stage('shutting down')
      pressed = now
      await press(desk, domain)
    }
    await job.clock.sleep(Math.min(lookEvery, until - now), job.signal)
  }
}

/** VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN: the button that every system knows; an agent may not be there. */
const powerButton = 1

async function press(desk: Desk, domain: DomainRef): Promise<void> {
  await desk.using('asking it to shut down', async (connection, limits) => {
    try {
      await connection.call('domainShutdownFlags', { domain, flags: powerButton }, limits)
    } catch (error) {
      // It may have ended by itself in between.
      const { state } = await connection.call('domainGetState', { domain }, limits)
      if (state !== 5) throw error
    }
  })
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
  if (domain !== undefined) {
    if (graceMs > 0) await end(desk, domain, system.hostname, { graceMs, force: true })
    job.stage('forgetting the domain')
    await undefine(desk, system.id, system.ref)
  }
  job.stage('deleting the disks')
  const pool = await openPool(desk, desk.config.pool)
  for (const file of [rootFile(system.id), seedFile(system.id)]) await deleteVolume(desk, pool, file)
  const kept: string[] = []
  for (const volume of namedVolumes(system)) {
    if (volume.keep) kept.push(`${volume.pool ?? pool.name}/${volume.file}`)
    else
      await deleteVolume(
        desk,
        volume.pool === undefined ? pool : await openPool(desk, volume.pool),
        volume.file,
      )
  }
  return { kept }
}
