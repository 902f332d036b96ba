import { spawn } from 'node:child_process'
import { ReopsError } from '../../../core/errors.ts'
import type { CommandContext, Interrupt } from '../../context.ts'
import { interruptStatus } from '../../context.ts'

/** The CDK's command did not do what it was asked for; it has said why. */
export class CdkFailed extends ReopsError {
  override readonly name = 'CdkFailed'
  override readonly slug = 'cdk-failed'
}

/** How the command is started. */
export interface Child {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly quietly: boolean
  readonly leaves: string
  /** Hears what it says, which is passed on all the same. */
  readonly hear?: ((text: string) => void) | undefined
}

/**
 * Runs a program of Node with the terminal that we have, and hands Ctrl-C and SIGTERM over: the first one says what is left
 * behind and lets it end, the second ends it at once. Answers its exit status, or the one that the signal asks for. Rejects
 * with `CdkFailed` where it does not start or was ended by somebody else.
 */
export function followChild(
  context: CommandContext,
  words: readonly string[],
  { env, cwd, quietly, leaves, hear }: Child,
): Promise<number> {
  const own = context.stdout === process.stdout && context.stderr === process.stderr
  const child = spawn(process.execPath, words, {
    cwd,
    env: { ...env },
    stdio:
      own && hear === undefined
        ? ['inherit', quietly ? 2 : 1, 2]
        : [own ? 'inherit' : 'ignore', 'pipe', 'pipe'],
  })
  if (hear !== undefined)
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => hear(String(chunk)))
  child.stdout?.pipe(quietly ? context.stderr : context.stdout, { end: false })
  child.stderr?.pipe(context.stderr, { end: false })
  let first: Interrupt | undefined
  const stop = context.onInterrupt(signal => {
    if (first !== undefined) return void child.kill('SIGKILL')
    first = signal
    context.stderr.write(`reops: ${leaves}\n`)
    // A key pressed on a terminal reaches it by itself.
    if (signal !== 'SIGINT' || context.stdin.isTTY !== true) child.kill(signal)
  })
  return new Promise<number>((resolve, reject) => {
    child.once('error', cause => {
      reject(new CdkFailed(`the CDK's command does not start: ${cause.message}`, { cause }))
    })
    child.once('close', (code, signal) => {
      if (first !== undefined) resolve(interruptStatus[first])
      else if (signal !== null) reject(new CdkFailed(`the CDK's command was ended by ${signal}`))
      else resolve(code ?? 1)
    })
  }).finally(stop)
}
