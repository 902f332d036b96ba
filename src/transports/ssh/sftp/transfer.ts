import type { SFTPWrapper } from 'ssh2'
import { HostTrouble, type TransferOptions, type Transferred } from '../../../core/ports.ts'
import { ChannelError } from '../channel.ts'
import { noTimeout, startDeadline } from '../deadline.ts'
import type { Pool } from '../pool.ts'
import { describeTarget, type Target } from '../target.ts'
import { FileError } from './errors.ts'
import { type RemoteFiles, remoteFiles } from './files.ts'

/** Everything that a transfer works with. */
export interface Transfer {
  readonly files: RemoteFiles
  readonly signal: AbortSignal
  /** Permission bits that the caller wants instead of the source's. */
  readonly mode: number | undefined
  /** Counts bytes as they are moved. */
  moved(file: string, bytes: number, total: number | undefined): void
  /** Counts a file that is whole. */
  finished(): void
  /** Something to take away again should the transfer end badly; the answer takes it off the list. */
  leftover(remove: (files: RemoteFiles) => Promise<void>): () => void
}

/** Nothing at all moved for this many milliseconds: the far end hangs. */
const stall = 60_000

/** What is left of a broken transfer is removed within this many milliseconds, or stays. */
const cleaning = 5_000

/**
 * Runs a transfer over an SFTP session of its own. Throws `HostTrouble`: `exception` for what a file system
 * refused, here or there; `timeout`, `cancelled`, or `unknown` when the connection was lost.
 */
export async function transfer(
  pool: Pool,
  target: Target,
  options: TransferOptions,
  work: (transfer: Transfer) => Promise<void>,
): Promise<Transferred> {
  const where = `${target.host}: ${describeTarget(target)}`
  const deadline = startDeadline(options.timeout ?? noTimeout, options.signal)
  const stalled = new AbortController()
  let watch: NodeJS.Timeout | undefined
  const alive = () => {
    clearTimeout(watch)
    watch = setTimeout(() => stalled.abort(new Error('stalled')), stall)
  }
  const signal = AbortSignal.any([deadline.signal, stalled.signal])
  const leftovers = new Set<(files: RemoteFiles) => Promise<void>>()
  const bytes = new Map<string, number>()
  let done = 0

  try {
    const lease = await pool.open<SFTPWrapper>(target, (client, answer) => client.sftp(answer), { signal })
    const sftp = lease.channel
    // A session that breaks answers every request that is under way; they tell.
    sftp.on('error', () => undefined)
    alive()
    try {
      await work({
        files: remoteFiles(sftp, signal, alive),
        signal,
        mode: options.mode,
        moved(file, count, total) {
          const sum = (bytes.get(file) ?? 0) + count
          bytes.set(file, sum)
          options.onProgress?.({ file, bytes: sum, total })
        },
        finished: () => {
          done++
        },
        leftover(remove) {
          leftovers.add(remove)
          return () => leftovers.delete(remove)
        },
      })
    } catch (error) {
      await removeLeftovers(sftp, leftovers)
      throw error
    } finally {
      sftp.end()
      lease.release()
    }
    return { files: done, bytes: [...bytes.values()].reduce((sum, count) => sum + count, 0) }
  } catch (error) {
    if (error instanceof HostTrouble) throw error
    const detail = { files: done }
    if (stalled.signal.aborted) {
      throw new HostTrouble(
        'timeout',
        `${where}: nothing moved for ${stall / 1_000} s; the transfer was given up`,
        { detail },
      )
    }
    if (deadline.expired())
      throw new HostTrouble('timeout', `${where}: the transfer took longer than ${options.timeout} ms`, {
        detail,
      })
    if (deadline.signal.aborted)
      throw new HostTrouble('cancelled', `${where}: the transfer was cancelled`, { detail })
    throw troubleOf(error, where, detail)
  } finally {
    clearTimeout(watch)
    deadline.clear()
  }
}

function troubleOf(error: unknown, where: string, detail: Record<string, unknown>): unknown {
  if (error instanceof FileError) {
    if (!error.lost)
      return new HostTrouble('exception', `${where}: ${error.message}`, { cause: error, detail })
    return new HostTrouble(
      'unknown',
      `${where}: the connection was lost in the middle of the transfer; ${error.message}`,
      { cause: error, detail },
    )
  }
  if (!(error instanceof ChannelError)) return error
  if (error.failure === 'unknown') {
    return new HostTrouble('unreachable', `${where}: the connection was lost before the transfer began`, {
      cause: error,
      detail,
    })
  }
  const message = `${where} offers no file transfer (${error.message}); look at "Subsystem sftp" in its sshd_config`
  return new HostTrouble('exception', message, { cause: error, detail })
}

async function removeLeftovers(
  sftp: SFTPWrapper,
  leftovers: ReadonlySet<(files: RemoteFiles) => Promise<void>>,
): Promise<void> {
  if (leftovers.size === 0) return
  const files = remoteFiles(sftp, AbortSignal.timeout(cleaning), () => undefined)
  // The transfer has failed already, and that is what is told; a temporary name that stays shows itself.
  await Promise.allSettled([...leftovers].map(remove => remove(files)))
}
