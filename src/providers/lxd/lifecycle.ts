import type { StopOptions } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { pathTo } from './api/client.ts'
import { isTrouble, LxdError } from './api/errors.ts'
import { readState } from './api/instances.ts'
import { power } from './api/power.ts'
import { mustFind } from './find.ts'
import type { Desk } from './node.ts'
import { statusOf } from './placed.ts'

/** Starts a container, or goes on with a paused one. */
export async function start(desk: Desk, system: System): Promise<void> {
  const { client, job, options } = desk
  const { name } = await mustFind(desk, system)
  const state = await stateOf(desk, name)
  if (state === 'running') return
  job.stage('starting the container')
  try {
    await power(client, name, state === 'paused' ? 'unfreeze' : 'start', options())
  } catch (error) {
    // Somebody else may have been faster.
    if (isTrouble(error, 'failed') && (await stateOf(desk, name)) === 'running') return
    throw isTrouble(error, 'failed') ? await withLog(desk, name, error) : error
  }
}

/** Stops a container in order; when the grace is over, it is cut off only if that was asked for. */
export async function stop(desk: Desk, system: System, { graceMs, force }: StopOptions): Promise<void> {
  const { client, job, options } = desk
  const { name } = await mustFind(desk, system)
  const state = await stateOf(desk, name)
  if (state === 'stopped') return
  if (force && graceMs <= 0) return await cutOff(desk, name)
  // What is paused can't hear that it shall end.
  if (state === 'paused') await power(client, name, 'unfreeze', options())
  const seconds = Math.max(1, Math.ceil(graceMs / 1_000))
  job.stage(`stopping the container, which has ${seconds} s`)
  try {
    await power(client, name, 'stop', { ...options(), grace: seconds })
  } catch (error) {
    if (!isTrouble(error, 'failed')) throw error
    if ((await stateOf(desk, name)) === 'stopped') return
    if (force) return await cutOff(desk, name)
    throw new SystemTrouble(
      'timeout',
      `${desk.node}: ${name} did not stop within ${seconds} s and goes on; give it longer, or force it`,
      { cause: error },
    )
  }
}

async function cutOff({ client, job, options }: Desk, name: string): Promise<void> {
  job.stage('cutting the container off')
  await power(client, name, 'stop', { ...options(), force: true })
}

async function stateOf({ client, options }: Desk, name: string) {
  return statusOf(await readState(client, name, options())).state
}

/** How much of a container's log is shown, in lines. */
const logLines = 3

/** To the server, a start that failed is a program that ended with 1; what it said is in the container's log. */
async function withLog({ client, options }: Desk, name: string, error: LxdError): Promise<LxdError> {
  const asked = { doing: `reading the log of ${name}`, path: pathTo('instances', name, 'logs', 'lxc.log') }
  const log = await client.fetch(asked, options()).then(
    bytes => bytes.toString('utf8'),
    () => '',
  )
  const said = log
    .split('\n')
    .flatMap(line => / ERROR +\S+ - \S+ - (.*)$/.exec(line)?.[1] ?? [])
    .slice(0, logLines)
  if (said.length === 0) return error
  const { kind, doing, status } = error
  return new LxdError(kind, `it could not be started: ${said.join('; ')}`, { doing, status, cause: error })
}
