import { said } from '../../core/farewell.ts'
import type { Job, StopOptions } from '../../core/systems/provider.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { boundsOf, pause } from './bounds.ts'
import type { Box, Parts } from './box.ts'
import { askToGo } from './ssh/ask-to-go.ts'
import { type Probe, probe } from './ssh/probe.ts'
import { booted, bootId } from './ssh/words.ts'

/**
 * Restarts a machine in order over SSH, and waits until it is back as another start of itself, by its boot id. What goes
 * on as before after `graceMs` is reset if that is wanted and there is a power switch. Throws `SystemTrouble`.
 */
export async function restart(parts: Parts, box: Box, options: StopOptions, job: Job): Promise<void> {
  const until = job.clock.now() + options.graceMs
  job.stage('asking since when it is up')
  const first = await askStart(parts, box, job)
  const before = startOf(first)
  job.stage('asking it to restart')
  const asked = await askToGo(parts, box, 'again', job)
  if (asked.taken && before === undefined)
    job.warn('it does not say by what one start is told from another, so it counts when it has been away')
  if (!asked.taken && !(await switchedOn(parts, box, job))) {
    if (!options.force) throw asked.why
    await reset(parts, box, asked.why, job)
  }
  job.stage('waiting until it is back')
  const forced = asked.taken && options.force
  const { graceMs } = options
  await comesBack(parts, box, { before, away: first.answer !== 'up', until, forced, graceMs }, job)
}

interface Awaited {
  readonly before: string | undefined
  /** Whether SSH did not let us in even before. */
  readonly away: boolean
  readonly until: number
  readonly graceMs: number
  /** Whether it is reset when it goes on as before. */
  readonly forced: boolean
}

async function comesBack(parts: Parts, box: Box, awaited: Awaited, job: Job): Promise<void> {
  let { forced, away } = awaited
  for (;;) {
    const seen = await askStart(parts, box, job)
    const now = startOf(seen)
    const up = seen.answer === 'up'
    const asBefore = awaited.before === undefined ? !away : now === undefined || now === awaited.before
    if (up && !asBefore) return
    if (!up) away = true
    if (up && job.clock.now() >= awaited.until) {
      const still = new SystemTrouble(
        'timeout',
        `${box.name} was asked to restart and goes on as before after ${awaited.graceMs / 1_000} s`,
      )
      if (!forced) throw still
      forced = false
      await reset(parts, box, still, job)
    }
    await pauseOrSay(parts, box, seen, job)
  }
}

async function pauseOrSay({ pace }: Parts, { name }: Box, seen: Probe, job: Job): Promise<void> {
  if (job.deadline - job.clock.now() > pace.pauseMs * 1.25) return pause(job, name, pace.pauseMs)
  throw new SystemTrouble(
    'timeout',
    `${name} was restarted and is not back in time. The last that was heard of it: ${seen.words}`,
  )
}

/** Starts a machine anew at once, though it was not asked or did not listen. */
async function reset({ pace }: Parts, { name, power }: Box, why: SystemTrouble, job: Job): Promise<void> {
  if (power === undefined)
    throw new SystemTrouble(
      why.code,
      `${why.message}. It can't be reset: no power (IPMI, Redfish) is configured for it in machines of reops.config.ts`,
      { cause: why, detail: { ...why.detail } },
    )
  job.warn(`${why.message}; it is reset`)
  job.stage(`resetting it by ${power.called}`)
  await power.reset(boundsOf(job, name, pace.powerMs))
}

/** Starts one that was off, which is all that a restart of it can mean; answers whether it was. */
async function switchedOn({ pace }: Parts, { name, power }: Box, job: Job): Promise<boolean> {
  if (power === undefined) return false
  const bounds = () => boundsOf(job, name, pace.powerMs)
  if ((await power.state(bounds())) !== 'off') return false
  job.stage(`switching its power on by ${power.called}`)
  await power.on(bounds())
  return true
}

function askStart(parts: Parts, box: Box, job: Job): Promise<Probe> {
  return probe(parts, box, job, ['sh', '-c', bootId])
}

function startOf({ stdout }: Probe): string | undefined {
  return said(stdout, booted)
}
