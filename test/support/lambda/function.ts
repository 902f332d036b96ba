import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Answer, type FunctionError, type RuntimeApi, startRuntimeApi } from './runtime-api.ts'

export interface FunctionOptions {
  /** Of its bundle. */
  readonly folder: string
  readonly environment?: Readonly<Record<string, string>> | undefined
  /** Milliseconds that one call may take; the process is killed then. Ten seconds when left out. */
  readonly timeoutMs?: number | undefined
}

/** A deployed function: its bundle in a process of its own, which is kept for the next call as Lambda keeps it. */
export interface RunningFunction {
  /** Calls it; calls wait for each other. Rejects never: what failed is in the answer, by Lambda's names. */
  invoke(event: unknown): Promise<Answer>
  /** Lines of its log, parsed where they are JSON. */
  readonly logs: readonly unknown[]
  /** How many processes there were. */
  readonly starts: number
  end(): Promise<void>
}

const require = createRequire(import.meta.url)
const client = require.resolve('aws-lambda-ric')
const preload = fileURLToPath(new URL('preload.mjs', import.meta.url))

/** Of the process, until it asks for work; Lambda's own limit of an init phase. */
const initMs = 10_000

interface Environment {
  readonly api: RuntimeApi
  readonly child: ChildProcess
  readonly exited: Promise<void>
}

/**
 * A bundle under the runtime client that Lambda uses, against a Runtime API. Its environment is what is given and what
 * Lambda sets, and nothing of this process but PATH and the temporary folder.
 *
 * @example
 * const code = openFunction({ folder: bundle.folder, environment: { REOPS_STACK: 're-ops' } })
 * const { payload, error } = await code.invoke({ operation: 'pick', … })
 * await code.end()
 */
export function openFunction({
  folder,
  environment = {},
  timeoutMs = 10_000,
}: FunctionOptions): RunningFunction {
  const logs: unknown[] = []
  const name = path.basename(folder)
  let starts = 0
  let running: Promise<Environment> | undefined
  let last: Promise<unknown> = Promise.resolve()

  const start = async (): Promise<Environment> => {
    starts++
    const api = await startRuntimeApi(`arn:aws:lambda:eu-central-1:123456789012:function:${name}`)
    const child = spawn(process.execPath, ['--import', preload, client], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        TMPDIR: process.env.TMPDIR,
        AWS_LAMBDA_RUNTIME_API: api.address,
        AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: 'true',
        AWS_LAMBDA_LOG_FORMAT: 'JSON',
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: '1',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
        AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/28/[1]00000000000000000000000000000000',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: 'index.handler',
        TZ: ':UTC',
        ...environment,
      },
    })
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', line => void logs.push(parsed(line)))
    const exited = new Promise<void>(resolve => child.once('close', () => resolve()))
    return { api, child, exited }
  }

  const stop = async ({ api, child, exited }: Environment) => {
    child.kill('SIGKILL')
    await exited
    await api.end()
  }
  const restart = async () => {
    const old = running
    running = undefined
    if (old !== undefined) await stop(await old)
  }

  /** The first of these, or the process's own end. */
  const unlessItEnds = async <T>(
    { exited, child }: Environment,
    work: Promise<T>,
  ): Promise<T | FunctionError> => Promise.race([work, exited.then(() => exitError(child))])

  const call = async (event: unknown): Promise<Answer> => {
    running ??= start()
    const environment = await running
    const begun = await within(initMs, unlessItEnds(environment, environment.api.started))
    if (begun === 'late') {
      await restart()
      return { error: { errorType: 'Sandbox.Timedout', errorMessage: 'the init phase took too long' } }
    }
    if (begun !== undefined) {
      await restart()
      return { error: begun }
    }
    const over = Promise.withResolvers<'late'>()
    let timer: NodeJS.Timeout | undefined
    const onTaken = () => {
      timer = setTimeout(() => over.resolve('late'), timeoutMs)
    }
    const { requestId, answer } = environment.api.invoke(JSON.stringify(event), { timeoutMs, onTaken })
    const ended = await Promise.race([unlessItEnds(environment, answer), over.promise])
    clearTimeout(timer)
    if (ended === 'late') {
      await restart()
      // As Lambda words it, and Step Functions takes the error's name from.
      const seconds = (timeoutMs / 1000).toFixed(2)
      const errorMessage = `${new Date().toISOString()} ${requestId} Task timed out after ${seconds} seconds`
      return { error: { errorType: 'Sandbox.Timedout', errorMessage } }
    }
    if ('errorType' in ended) {
      await restart()
      return { error: ended }
    }
    return ended
  }

  return {
    logs,
    get starts() {
      return starts
    },
    invoke(event) {
      const answer = last.then(() => call(event))
      last = answer.catch(() => {})
      return answer
    },
    async end() {
      await last
      await restart()
    },
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>(resolve => {
    timer = setTimeout(() => resolve('late'), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function exitError({ exitCode, signalCode }: ChildProcess): FunctionError {
  const how = signalCode ?? `exit status ${exitCode}`
  return { errorType: 'Runtime.ExitError', errorMessage: `Error: Runtime exited with error: ${how}` }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return line
  }
}
