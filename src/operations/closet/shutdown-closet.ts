import { pipe } from '../../core/combinators/pipe.ts'
import { recover } from '../../core/combinators/retry.ts'
import { timeout } from '../../core/combinators/time.ts'
import type { Duration } from '../../core/duration.ts'
import { nameStep } from '../../core/operation/named.ts'
import type { Operation } from '../../core/operation/operation.ts'
import { query } from '../../core/operation/source.ts'
import { syncSystems } from '../systems/sync/sync-systems.ts'
import { bringUpStage, type StageUpOptions } from './bring-up-stage.ts'
import type { ClosetOptions } from './members.ts'
import { type StageDownOptions, shutdownStage } from './shutdown-stage.ts'
import type { ClosetOutcome } from './stages.ts'
import { toBringUp } from './to-bring-up.ts'
import { type ToShutDownOptions, toShutDown } from './to-shut-down.ts'
import { closetTurn } from './turn.ts'

/** How a closet is shut down. */
export interface ShutdownClosetOptions extends ToShutDownOptions {
  /** How long providers may take to say what runs; half a minute. `false` believes the store. */
  readonly look?: Duration | false
  /** How each stage is shut down. */
  readonly stages?: {
    readonly guests?: StageDownOptions
    readonly containers?: StageDownOptions
    readonly hosts?: StageDownOptions
    readonly own?: Pick<StageDownOptions, 'command'>
  }
}

/** How a closet is brought up. */
export interface BringUpClosetOptions extends ClosetOptions {
  /** How long a shutdown that is under way is waited for; 15 minutes. */
  readonly wait?: Duration | 0
  readonly stages?: {
    readonly hosts?: StageUpOptions
    readonly containers?: StageUpOptions
    readonly guests?: StageUpOptions
  }
}

/**
 * Shuts a closet down in order: guests, then containers, then hypervisors and physical machines; the machine that this
 * process is on never, or the last. Each stage has its time, and what goes wrong at one keeps no other from going on.
 * Answers what became of everybody, failures with the stage in their `detail`. To run it again goes on with who is still on.
 * A bring-up of the same closet that is under way gives way to it.
 *
 * It is a pipeline of `syncSystems`, `toShutDown` and a `shutdownStage` for each stage, so that a sequence of one's own is
 * made of the same steps.
 *
 * @example
 * await run(pipe(shutdownCloset({ stages: { guests: { within: '3m', late: 'cut off' } } }), pretty()))
 * await run(pipe(shutdownCloset({ hosts: hosts({ user: 'root' }, ['big-iron']), own: 'last' }), pretty()))
 */
export function shutdownCloset(options: ShutdownClosetOptions = {}): Operation<any, ClosetOutcome> {
  const { look = '30s', stages = {}, ...who } = options
  const sequence = pipe(
    nameStep('who is on', toShutDown(who)),
    nameStep('stop guests', shutdownStage('guests', stages.guests)),
    nameStep('stop containers', shutdownStage('containers', stages.containers)),
    nameStep('stop hosts', shutdownStage('hosts', stages.hosts)),
  )
  const whole =
    who.own === 'last'
      ? pipe(sequence, nameStep('stop own host', shutdownStage('own', stages.own)))
      : sequence
  const turn = nameStep('bring-ups give way', closetTurn({ way: 'down', closet: who.closet }))
  if (look === false) return pipe(turn, whole)
  // What nobody can be asked for is shut down as the store knows it.
  const looked = recover(timeout(syncSystems({ timeout: look }), look), query('$states.input'))
  return pipe(turn, looked, whole)
}

/**
 * Brings up what `shutdownCloset` shut down, in the reverse order: physical machines and hypervisors, then containers, then
 * guests, and waits until each answers. A shutdown that is under way is waited for first, and throws `ClosetBusy` when that is
 * over; one that begins meanwhile wins, and who was not started by then fails as `busy`. Who was off before stays off, and so does who was stopped by somebody since. Who does
 * not come up is tried again by the next run.
 *
 * @example
 * await run(pipe(bringUpCloset(), pretty()))
 */
export function bringUpCloset(options: BringUpClosetOptions = {}): Operation<any, ClosetOutcome> {
  const { stages = {}, wait, ...who } = options
  return pipe(
    nameStep('no shutdown goes on', closetTurn({ way: 'up', closet: who.closet, wait })),
    nameStep('who was shut down', toBringUp(who)),
    nameStep('start hosts', bringUpStage('hosts', stages.hosts)),
    nameStep('start containers', bringUpStage('containers', stages.containers)),
    nameStep('start guests', bringUpStage('guests', stages.guests)),
  )
}
