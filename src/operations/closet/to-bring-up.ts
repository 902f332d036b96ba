import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import { withDefinition } from '../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../core/operation/operation.ts'
import type { Failure, Left, Success } from '../../core/outcome.ts'
import { systemsOf } from '../systems/job/wired.ts'
import { hostsOf } from '../systems/outcome.ts'
import {
  type ClosetOptions,
  closetName,
  earlier,
  everybody,
  type Found,
  memberOf,
  membersOf,
  membersSchema,
} from './members.ts'
import type { ClosetMember, ClosetOutcome } from './stages.ts'
import { wasShutDown } from './was-shut-down.ts'

const schema = z.strictObject({ members: membersSchema, closet: closetName })

const definition = define({
  name: 'toBringUp',
  site: 'onprem',
  effect: 'read',
  schema,
  describe: () => 'who was shut down with the closet',
  handle,
})

/**
 * Looks up who was shut down with the closet and is off since. The store of systems remembers it in their histories,
 * whichever process did it and however that ended. Who was off before, and who was started or stopped by somebody since, is
 * left as it is.
 *
 * @example
 * pipe(toBringUp(), bringUpStage('hosts'), bringUpStage('guests'), pretty())
 */
export function toBringUp(options: ClosetOptions = {}): Operation<any, ClosetOutcome> {
  const { closet, ...members } = options
  return fromStep(
    task(definition, { members: membersOf(members), ...(closet === undefined ? {} : { closet }) }),
  )
}

withDefinition(toBringUp, definition)

async function handle(
  data: unknown,
  { members, closet }: z.output<typeof schema>,
  context: Context,
): Promise<ClosetOutcome> {
  const { step } = context
  const all = await everybody(members, context)
  const left: Left[] = all.hosts.map(({ name }) => ({ host: name, step, reason: unknownToUs }))
  const failure: Failure[] = [...all.failure]
  const found: Found[] = []
  for (const one of all.systems) {
    try {
      const reason = await whyLeft(one, context)
      if (reason === undefined) found.push(one)
      else left.push({ host: one.host.name, step, reason })
    } catch (error) {
      const message = `whether it was shut down is not known: ${error instanceof Error ? error.message : String(error)}`
      failure.push({ host: one.host.name, code: 'exception', step, message, detail: {} })
    }
  }
  const before = earlier(data, step)
  return {
    on: hostsOf(found.map(({ host }) => host)),
    successful: found.map(
      (one): Success<ClosetMember> => ({
        host: one.host.name,
        value: memberOf(one, 'to start', closet),
        ms: 0,
      }),
    ),
    failure: [...before.failure, ...failure],
    left: [...before.left, ...left],
  }
}

const unknownToUs = 'it is no system, so that nothing wakes it; describe it in machines of reops.config.ts'

/** A machine may be on and have been seen so by nobody; to start it finds that out. */
async function whyLeft({ system }: Found, context: Context): Promise<string | undefined> {
  const { state, id } = system
  if (state === 'running') return 'it is on'
  if (state === 'missing') return 'its provider does not have it any more'
  const history = await (await systemsOf(context).store()).history(id)
  return wasShutDown(history) ? undefined : 'it was not shut down with the closet'
}
