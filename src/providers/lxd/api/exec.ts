import * as z from 'zod'
import { type CallOptions, type LxdClient, pathTo } from './client.ts'
import { isTrouble } from './errors.ts'
import { FailedOperation } from './follow.ts'

const recordedSchema = z.object({
  return: z.int(),
  output: z.record(z.string(), z.string()).nullish(),
})

type Recorded = z.output<typeof recordedSchema>

/** What a command inside an instance said. */
export interface Executed {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface ExecOptions extends CallOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** A numeric user of the instance; root when left out. */
  readonly user?: number
}

/**
 * Executes a command inside a running instance, without a shell, and returns its output once it has ended. The server
 * records the output in files of its logs, which are read and deleted. A command that isn't there exits with 127. There
 * is no input, and a command can't be ended from here: after the deadline it goes on inside the instance.
 *
 * @example
 * await exec(client, 'redis-1', ['uname', '-r'], { signal: AbortSignal.timeout(10_000) })
 */
export async function exec(
  client: LxdClient,
  instance: string,
  command: readonly string[],
  { env = {}, cwd, user, ...options }: ExecOptions,
): Promise<Executed> {
  const body = {
    command,
    environment: env,
    interactive: false,
    'wait-for-websocket': false,
    'record-output': true,
    ...(cwd === undefined ? {} : { cwd }),
    ...(user === undefined ? {} : { user }),
  }
  const doing = `executing ${command[0]} in ${instance}`
  const path = pathTo('instances', instance, 'exec')
  const change = { doing, method: 'POST' as const, path, body }
  const recorded = await client.change(change, recordedSchema, options).catch(endedBadly)
  const [stdout, stderr] = await Promise.all(
    ['1', '2'].map(stream => take(client, instance, recorded.output?.[stream], options)),
  )
  return { exit: recorded.return, stdout: stdout ?? '', stderr: stderr ?? '' }
}

/** To the server, a command that it can't start is a failed operation; it has an exit status all the same. */
function endedBadly(error: unknown): Recorded {
  if (!(error instanceof FailedOperation)) throw error
  const recorded = recordedSchema.safeParse(error.operation.metadata)
  if (recorded.success) return recorded.data
  throw error
}

async function take(
  client: LxdClient,
  instance: string,
  told: string | undefined,
  options: CallOptions,
): Promise<string> {
  // The server tells a path; only its last part is taken, so that it can't send us elsewhere.
  const file = told?.split('/').at(-1)
  if (!file) return ''
  const path = pathTo('instances', instance, 'logs', file)
  const { signal } = options
  try {
    const bytes = await client.fetch(
      { doing: `reading the output of a command in ${instance}`, path },
      { signal },
    )
    await client.change(
      { doing: `deleting the output of a command in ${instance}`, method: 'DELETE', path },
      z.unknown(),
      { signal },
    )
    return bytes.toString('utf8')
  } catch (error) {
    // A command that never started has no output.
    if (isTrouble(error, 'not-found')) return ''
    throw error
  }
}
