import { type ChildProcess, spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { whenAborted } from '../../../core/aborted.ts'
import { HostTrouble, type SyncOptions, type Transferred } from '../../../core/ports.ts'
import { type Deadline, noTimeout, startDeadline } from '../deadline.ts'
import type { SshSettings } from '../options.ts'
import type { Pool } from '../pool.ts'
import { remotePath } from '../sftp/upload.ts'
import { describeTarget, type Target } from '../target.ts'
import { errnoOf, printable, wordsOf } from '../trouble.ts'
import { readRsyncOutput } from './output.ts'
import { openRsyncShell, type RsyncShell, shellHost } from './shell.ts'

const tail = 4_096

/** What a shell answers for a program that it does not find. */
const noSuchProgram = 127

/**
 * Makes the remote folder like the local one with rsync, over our own connection: permissions, times and links
 * are kept, owners are not. Throws `HostTrouble`.
 */
export async function sync(
  { pool, settings }: { pool: Pool; settings: SshSettings },
  target: Target,
  local: string,
  remote: string,
  options: SyncOptions,
): Promise<Transferred> {
  const where = `${target.host}: ${describeTarget(target)}`
  await mustBeFolder(local, where)
  const deadline = startDeadline(options.timeout ?? noTimeout, options.signal)
  const shell = await openRsyncShell(pool, target, deadline.signal)
  try {
    const output = readRsyncOutput(bytes => options.onProgress?.({ file: local, bytes }))
    let said = ''
    const child = spawn(settings.rsync, argumentsOf(shell, local, remote, options), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    })
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-tail)
    })
    const status = await endOf(child, deadline, settings.killGrace)
    if (status === 0) return output.totals()
    throw troubleOf({ status, said: said.trim(), shell, where, deadline, settings, timeout: options.timeout })
  } finally {
    deadline.clear()
    await shell.close()
  }
}

/** Secluded arguments (`-s`) keep paths away from the remote shell; absolute and dotted ones are no options. */
function argumentsOf(shell: RsyncShell, local: string, remote: string, options: SyncOptions): string[] {
  const to = remotePath(remote)
  return [
    '-rlpt',
    '-s',
    ...(options.delete ? ['--delete'] : []),
    ...options.exclude.map(pattern => `--exclude=${pattern}`),
    ...(options.mode === undefined ? [] : [`--chmod=F${options.mode.toString(8)}`]),
    '--info=progress2',
    '--stats',
    '--no-human-readable',
    '--outbuf=L',
    '-e',
    shell.command,
    '--',
    `${path.resolve(local)}/`,
    `${shellHost}:${to.startsWith('-') ? './' : ''}${to}/`,
  ]
}

async function mustBeFolder(local: string, where: string): Promise<void> {
  const problem = await stat(local).then(
    found => (found.isDirectory() ? undefined : 'it is no folder; upload moves single files'),
    (error: unknown) => (errnoOf(error) === 'ENOENT' ? 'there is no such folder here' : wordsOf(error)),
  )
  if (problem) throw new HostTrouble('exception', `${where}: can not sync ${local}: ${problem}`)
}

/** Waits for rsync; the deadline or an abort ends it, first politely: it then removes its temporary files. */
async function endOf(child: ChildProcess, deadline: Deadline, grace: number): Promise<number | Error> {
  const { promise: ended, resolve } = Promise.withResolvers<number | Error>()
  child.once('error', resolve)
  child.once('close', code => resolve(code ?? -1))
  if ((await Promise.race([ended, whenAborted(deadline.signal)])) !== 'aborted') return ended
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), grace)
  return ended.finally(() => clearTimeout(timer))
}

interface Failed {
  readonly status: number | Error
  readonly said: string
  readonly shell: RsyncShell
  readonly where: string
  readonly deadline: Deadline
  readonly settings: SshSettings
  readonly timeout: number | undefined
}

function troubleOf({ status, said, shell, where, deadline, settings, timeout }: Failed): unknown {
  if (deadline.expired())
    return new HostTrouble('timeout', `${where}: the sync took longer than ${timeout} ms`)
  if (deadline.signal.aborted) return new HostTrouble('cancelled', `${where}: the sync was cancelled`)
  if (status instanceof Error) {
    const missing = errnoOf(status) === 'ENOENT'
    const message = missing
      ? `there is no ${settings.rsync} here; install it (apt-get install rsync)`
      : `${settings.rsync} can not be started: ${status.message}`
    return new HostTrouble('exception', `${where}: ${message}`, { cause: status })
  }
  const failure = shell.failure()
  if (failure instanceof HostTrouble) return failure
  const words = [said, shell.said().trim(), failure === undefined ? '' : wordsOf(failure)]
    .filter(Boolean)
    .join('\n')
  const detail = { status, remote: shell.exit(), stderr: words }
  const last = printable(words.split('\n').findLast(line => !/^rsync error: /.test(line)) ?? words, 300)
  if (shell.exit() === noSuchProgram) {
    return new HostTrouble('exception', `${where} has no rsync; install it there (apt-get install rsync)`, {
      detail,
    })
  }
  if (shell.exit() === undefined && failure === undefined) {
    return new HostTrouble(
      'unknown',
      `${where}: the connection was lost in the middle of the sync: ${last}`,
      { detail },
    )
  }
  const old = /unknown option|unrecognized option/.test(words) ? '. It takes rsync 3.1 or newer' : ''
  return new HostTrouble('exception', `${where}: rsync failed with status ${status}: ${last}${old}`, {
    detail,
  })
}
