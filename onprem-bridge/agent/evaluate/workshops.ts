import { type ChildProcess, spawn } from 'node:child_process'
import { whenAborted } from '../../../src/core/aborted.ts'
import { HostTrouble } from '../../../src/core/ports.ts'
import { type AgentCall, stopped } from '../call.ts'
import { home, loginEnvironment } from '../calls/environment.ts'
import { signal } from '../calls/groups.ts'
import { workshopText } from './workshop-text.ts'

/** One function to be run. */
export interface Job {
  readonly file: string
  readonly name: string
  readonly args: readonly unknown[]
  /** Megabytes for its objects, and as many for its buffers. */
  readonly memory: number
  /** Bytes of what it says on the console. */
  readonly output: number
  /** Characters of its value's JSON. */
  readonly longest: number
}

/** What became of it, as the workshop says. */
export type Done =
  | { readonly json: string }
  | { readonly notJson: { readonly path: string; readonly found: string } }
  | { readonly tooLong: number }
  | { readonly memory: string }
  | { readonly exit: number }
  | { readonly error: Thrown }

export interface Thrown {
  readonly name?: string
  readonly message: string
  readonly stack?: string
  /** Nobody in the function waited for it. */
  readonly unhandled?: boolean
}

/** The processes in which functions run. */
export interface Workshops {
  /** Runs one function and answers what became of it; the call's end ends it at once, with all that it started. */
  run(job: Job, call: AgentCall): Promise<Done>
  stop(): void
}

interface Workshop {
  readonly child: ChildProcess
  uses: number
}

/** Idle ones are kept warm for this long, so many of them, and each for so many functions. */
const idleMs = 60_000
const mostIdle = 2
const mostUses = 50
const tailOfStderr = 2_000

/** Opens the workshops. Nothing is started before the first function. */
export function openWorkshops(): Workshops {
  const idle: { readonly workshop: Workshop; readonly timer: NodeJS.Timeout }[] = []
  const all = new Set<Workshop>()
  let over = false

  const start = (): Workshop => {
    const child = spawn(process.execPath, ['-e', workshopText], {
      cwd: '/',
      env: loginEnvironment(),
      // Its group is what it started: it ends with it.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    // Idle ones keep nobody from ending, and end by themselves when we do.
    child.unref()
    child.channel?.unref()
    ;(child.stderr as { unref?(): void } | null)?.unref?.()
    const workshop = { child, uses: 0 }
    all.add(workshop)
    child.once('exit', () => all.delete(workshop))
    child.on('error', () => all.delete(workshop))
    return workshop
  }
  const end = (workshop: Workshop) => {
    const { child } = workshop
    all.delete(workshop)
    if (child.pid !== undefined) signal(child.pid, 'SIGKILL')
  }
  const takeOne = (): Workshop => {
    for (;;) {
      const kept = idle.pop()
      if (!kept) return start()
      clearTimeout(kept.timer)
      if (kept.workshop.child.connected && kept.workshop.child.exitCode === null) return kept.workshop
    }
  }
  const giveBack = (workshop: Workshop) => {
    if (over || workshop.uses >= mostUses || idle.length >= mostIdle || !workshop.child.connected)
      return end(workshop)
    const timer = setTimeout(() => {
      const at = idle.findIndex(each => each.workshop === workshop)
      if (at >= 0) idle.splice(at, 1)
      end(workshop)
    }, idleMs)
    timer.unref()
    idle.push({ workshop, timer })
  }

  return {
    async run(job, call) {
      call.signal.throwIfAborted()
      const workshop = takeOne()
      workshop.uses++
      const result = await Promise.race([work(workshop.child, job, call), whenAborted(call.signal)]).catch(
        (error: unknown) => {
          end(workshop)
          throw error
        },
      )
      if (result === 'aborted') {
        end(workshop)
        throw stopped(call, 'the function', 'and was ended')
      }
      // What ended badly may have left something behind.
      if ('json' in result || 'notJson' in result || 'error' in result) giveBack(workshop)
      else end(workshop)
      return result
    },
    stop() {
      over = true
      for (const { timer } of idle.splice(0)) clearTimeout(timer)
      for (const workshop of [...all]) end(workshop)
    },
  }
}

function work(child: ChildProcess, job: Job, call: AgentCall): Promise<Done> {
  const { promise, resolve, reject } = Promise.withResolvers<Done>()
  let stderr = ''
  let saying: Promise<void> = Promise.resolve()
  const onMessage = (message: unknown) => {
    const { said, base64, answer } = message as { said?: 'stdout' | 'stderr'; base64?: string; answer?: Done }
    if (said && base64 !== undefined)
      saying = saying.then(() => call.write(said, Buffer.from(base64, 'base64')))
    else if (answer) saying.then(() => resolve(answer), reject)
    saying.catch(() => {})
  }
  const onError = (error: Error) =>
    reject(
      new HostTrouble('exception', `no process could be started for the function: ${error.message}`, {
        cause: error,
      }),
    )
  const onExit = (code: number | null, name: string | null) => {
    if (/heap out of memory|Allocation failed|invalid (?:array|size)/i.test(stderr))
      return resolve({ memory: 'one of its objects' })
    const how =
      name === 'SIGKILL'
        ? 'was killed; the host may have run out of memory'
        : `crashed (${name ?? `exit status ${code}`})`
    reject(
      new HostTrouble('exception', `the process of the function ${how}`, {
        detail: { stderr: stderr.slice(-tailOfStderr) },
      }),
    )
  }
  const onStderr = (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-8_192)
  }
  child.on('message', onMessage)
  child.stderr?.on('data', onStderr)
  child.once('error', onError)
  child.once('close', onExit)
  child.send({ ...job, env: { ...loginEnvironment(), PWD: home() } }, error => {
    if (error) onError(error)
  })
  return promise.finally(() => {
    child.removeListener('message', onMessage)
    child.stderr?.removeListener('data', onStderr)
    child.removeListener('error', onError)
    child.removeListener('close', onExit)
  })
}
