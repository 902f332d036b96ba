import { setTimeout as sleep } from 'node:timers/promises'
import { whenAborted } from '../../core/aborted.ts'
import { type CommandOptions, type CommandResult, HostTrouble } from '../../core/ports.ts'
import { ChannelError } from './channel.ts'
import { commandLine, readsPosix } from './command-line.ts'
import { type Deadline, noTimeout, startDeadline } from './deadline.ts'
import { endRemote } from './end-remote.ts'
import { makeMark } from './mark.ts'
import type { SshSettings } from './options.ts'
import type { Lease, Pool } from './pool.ts'
import { type Session, startSession } from './session.ts'
import { describeTarget, type Target } from './target.ts'
import { wordsOf } from './trouble.ts'

export interface ExecParts {
  readonly pool: Pool
  readonly settings: SshSettings
  /** The targets whose login shell is known to read POSIX. */
  readonly posix: Set<string>
}

/** When the host has ended a command, its channel closes at once; it is not waited for longer than this. */
const closing = 2_000

/** A command says its process id first of all; it is not waited for longer than this. */
const introduction = 2_000

/**
 * Runs one command. A deadline or an abort ends it on the host too, before this throws. Throws `HostTrouble`,
 * and `UnquotableWord`; a non-zero exit is a result.
 */
export async function exec(
  parts: ExecParts,
  target: Target,
  command: readonly string[] | string,
  options: CommandOptions,
): Promise<CommandResult> {
  const { pool, settings } = parts
  const where = `${target.host}: ${describeTarget(target)}`
  const mark = makeMark()
  const text = commandLine(command, options.env, mark, parts.posix.has(target.identity))
  const onShell = (shell: string) => {
    if (readsPosix(shell)) parts.posix.add(target.identity)
  }
  const timeout = options.timeout ?? settings.commandTimeout ?? noTimeout
  const deadline = startDeadline(timeout, options.signal)
  try {
    const lease = await pool
      .open<Session>(
        target,
        (client, answer) =>
          client.exec(text, (error, channel) => {
            if (error) answer(error)
            else answer(undefined, startSession(channel, mark, settings, options, onShell))
          }),
        { signal: deadline.signal },
      )
      .catch((error: unknown) => {
        throw notStarted(error, where, deadline, timeout)
      })
    const session = lease.channel
    void session.over.then(lease.release)
    const first = await Promise.race([session.over, session.overflow, whenAborted(deadline.signal)])
    if (first === 'closed') return await resultOf(session, where, settings)
    const { became, detail } = await endSession(parts, target, lease)
    if (first === 'overflow') {
      const message = `${where}: the command said more than ${settings.spoolLimit} bytes (spoolLimit) ${became}. Send it to a file over there`
      throw new HostTrouble('exception', message, { detail })
    }
    throw stopped(where, deadline, timeout, became, detail)
  } finally {
    deadline.clear()
  }
}

async function resultOf(session: Session, where: string, settings: SshSettings): Promise<CommandResult> {
  const result = await session.result().catch((cause: unknown) => {
    throw new HostTrouble(
      'exception',
      `${where}: its output could not be kept in ${settings.spoolFolder}: ${wordsOf(cause)}`,
      { cause },
    )
  })
  if (result) return result
  const message = `${where}: the connection was lost before the command's exit status came; it may have finished or not`
  throw new HostTrouble('unknown', message, { detail: await session.soFar() })
}

async function endSession(
  { pool, settings }: Pick<ExecParts, 'pool' | 'settings'>,
  target: Target,
  lease: Lease<Session>,
) {
  const session = lease.channel
  // A command that has just been sent may not have said its process id yet.
  const pid = await Promise.race([
    session.pid,
    session.over.then(() => undefined),
    sleep(introduction).then(() => undefined),
  ])
  const remote = await endRemote(pool, target, session.channel, {
    pid,
    grace: settings.killGrace,
    timeout: target.connectTimeout,
  })
  await Promise.race([session.over, sleep(closing)])
  lease.release()
  const became = remote === 'ended' ? 'and was ended' : 'and was asked to end; whether it did is not known'
  return { became, detail: { ...(await session.soFar()), remote } }
}

function stopped(
  where: string,
  deadline: Deadline,
  timeout: number,
  became: string,
  detail: Record<string, unknown> = {},
): HostTrouble {
  return deadline.expired()
    ? new HostTrouble('timeout', `${where}: the command took longer than ${timeout} ms ${became}`, { detail })
    : new HostTrouble('cancelled', `${where}: the command was cancelled ${became}`, { detail })
}

function notStarted(error: unknown, where: string, deadline: Deadline, timeout: number): unknown {
  if (error instanceof HostTrouble) return error
  if (!(error instanceof ChannelError))
    return deadline.signal.aborted ? stopped(where, deadline, timeout, 'and was not sent') : error
  const detail = { reason: error.message }
  if (error.failure === 'unknown') {
    const message = `${where}: the connection was lost when the command had just been sent; it may have run or not`
    return new HostTrouble('unknown', message, { cause: error, detail })
  }
  return new HostTrouble('exception', `${where} does not execute commands for this user (${error.message})`, {
    cause: error,
    detail,
  })
}
