import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { whenAborted } from '../../../src/core/aborted.ts'
import { HostTrouble } from '../../../src/core/ports.ts'
import { type AgentCall, type Handler, handler, stopped } from '../call.ts'
import { home, loginEnvironment, loginShell } from './environment.ts'
import { endGroup } from './groups.ts'

const schema = z.strictObject({
  command: z.union([z.string().min(1), z.array(z.string()).min(1)]),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
})

/** Pipes that something outside the process group still holds are let go after this. */
const closing = 2_000

/**
 * Runs one command: a string by the login shell, a list as it is. It leads a process group of its own, which is asked
 * to end (SIGTERM) when the time is over or the call is cancelled, and killed `grace` milliseconds later.
 */
export function execHandler(grace: number): Handler {
  return handler(schema, async ({ command, env }, call) => {
    const [program, ...words] = typeof command === 'string' ? [loginShell(), '-c', command] : command
    call.signal.throwIfAborted()
    const folder = home()
    const child = spawn(program!, words, {
      cwd: existsSync(folder) ? folder : '/',
      env: { ...loginEnvironment(), ...env },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
    closed.catch(() => {})
    const failure = await started(child)
    if (failure) return notStarted(failure, program!, call)
    void feed(child, call)
    const said = Promise.all([pump(child, 'stdout', call), pump(child, 'stderr', call)])
    said.catch(() => {})
    const first = await Promise.race([closed, whenAborted(call.signal)])
    if (first === 'aborted') {
      const ended = await endGroup(child.pid!, grace)
      await letGo(child, closed)
      throw stopped(
        call,
        'the command',
        ended ? 'and was ended' : 'and was asked to end; whether it did is not known',
        { remote: ended ? 'ended' : 'unknown' },
      )
    }
    // It has ended, but nobody took all that it said in time.
    if ((await Promise.race([said, whenAborted(call.signal)])) === 'aborted')
      throw stopped(call, 'handing on what the command said')
    const [exit, signal] = first
    return { exit, ...(signal ? { signal } : {}) }
  })
}

async function started(child: ChildProcess): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await once(child, 'spawn')
    return undefined
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
}

/** As a shell answers for what it can't run. */
async function notStarted(
  error: NodeJS.ErrnoException,
  program: string,
  call: AgentCall,
): Promise<{ exit: number }> {
  if (error.code === 'E2BIG')
    throw new HostTrouble(
      'exception',
      'the command is longer than the host takes: upload it as a file, or send the data by stdin',
    )
  const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR'
  if (!missing && error.code !== 'EACCES' && error.code !== 'ENOEXEC') throw error
  await call.write('stderr', Buffer.from(`${program}: ${missing ? 'not found' : 'permission denied'}\n`))
  return { exit: missing ? 127 : 126 }
}

/** Hands the input on as fast as it is read. A command that doesn't read all of it is no trouble. */
async function feed(child: ChildProcess, call: AgentCall): Promise<void> {
  const { stdin } = child
  if (!stdin) return
  stdin.on('error', () => undefined)
  try {
    for await (const bytes of call.input) {
      if (stdin.destroyed || stdin.writableEnded) continue
      if (!stdin.write(bytes)) await drained(stdin)
    }
  } catch {
    // The call is over, or the pipe is closed: nobody reads on.
  }
  stdin.end()
}

async function drained(stdin: Writable): Promise<void> {
  const done = new AbortController()
  const { signal } = done
  await Promise.race([once(stdin, 'drain', { signal }), once(stdin, 'close', { signal })]).finally(() =>
    done.abort(),
  )
}

async function pump(child: ChildProcess, stream: 'stdout' | 'stderr', call: AgentCall): Promise<void> {
  const from = child[stream]
  if (!from) return
  for await (const chunk of from) {
    // A command that is told to end may still say something while it does; it must not die of nobody reading it.
    await call.write(stream, chunk as Buffer).catch((error: unknown) => {
      if (!call.signal.aborted) throw error
    })
  }
}

async function letGo(child: ChildProcess, closed: Promise<unknown>): Promise<void> {
  const over = closed.then(
    () => true,
    () => true,
  )
  if (await Promise.race([over, sleep(closing, false, { ref: false })])) return
  child.stdout?.destroy()
  child.stderr?.destroy()
}
