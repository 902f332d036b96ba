import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

/** A process that a bench has started and ends. */
export interface Started {
  /** Resolves to what a line matched; rejects when the process ends first, or says nothing of the kind for a minute. */
  said(pattern: RegExp): Promise<RegExpExecArray>
  /** Memory that it holds, in bytes, as the kernel counts it. */
  resident(): number
  /** Milliseconds of the processor's time that it has taken. */
  cpu(): number
  /** Ends it, by force where it does not go. */
  stop(): Promise<void>
}

/** The longest that a process takes to say what is waited for, and to end, in milliseconds. */
const patience = 60_000
const farewell = 10_000

/** Starts a program of Node and listens to what it says. */
export function startNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let text = ''
  const listeners = new Set<() => void>()
  const keep = (chunk: Buffer) => {
    text = `${text}${chunk}`.slice(-200_000)
    for (const listen of [...listeners]) listen()
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = once(child, 'close')
  const orphan = () => void child.kill('SIGKILL')
  process.once('exit', orphan)
  let stopping = false
  void ended.then(([status, signal]) => {
    process.off('exit', orphan)
    // Whoever waits for its answer only sees that none comes.
    if (!stopping)
      process.stderr.write(`${args.join(' ')} ended with ${signal ?? status}: ${text.slice(-2_000)}\n`)
  })
  return {
    said: pattern =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          listeners.delete(listen)
          clearTimeout(timer)
          act()
        }
        const listen = () => {
          const found = pattern.exec(text)
          if (found) settle(() => resolve(found))
        }
        const fail = (why: string) => () =>
          settle(() => reject(new Error(`${args.join(' ')} ${why}: ${text.slice(-2_000)}`)))
        const timer = setTimeout(fail(`did not say ${pattern}`), patience)
        listeners.add(listen)
        void ended.then(fail('ended'))
        listen()
      }),
    resident: () => residentOf(child),
    cpu: () => cpuOf(child),
    async stop() {
      stopping = true
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const timer = setTimeout(orphan, farewell)
      await ended
      clearTimeout(timer)
    },
  }
}

function residentOf({ pid }: ChildProcess): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  if (!found) throw new Error(`process ${pid} does not say what memory it holds`)
  return Number(found[1]) * 1_024
}

/** The kernel counts it in hundredths of a second. */
function cpuOf({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return 10 * (Number(fields[11]) + Number(fields[12]))
}
