/**
 * The processes of a closet. What this file keeps true:
 *
 * 1. A command is its own process group, so that it is signalled and ended as a whole.
 * 2. Every process carries the closet's mark in its environment, so that on Linux one that left its group
 *    (a daemon, `setsid`) is found as well, and a number that the system has since reused is never signalled.
 * 3. After `killAll` none is running.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClosetError } from './errors.ts'

/** Milliseconds between asking a group to end and ending it. */
const grace = 500
/** Milliseconds that killed processes may take to be gone. */
const deadline = 5_000

/** The name of the environment variable that holds a closet's mark. */
export const markName = 'REOPS_CLOSET'

export interface Processes {
  readonly mark: string
  /** A command started; its process is the leader of its group. */
  started(group: number): void
  /** The leader has exited. What it left in the background goes on, as on any host. */
  leaderExited(group: number): void
  /** Signals a whole group; `false` when nobody whom we may signal is left in it. */
  signal(group: number, signal: NodeJS.Signals): boolean
  /** Asks a group to end with SIGTERM and ends it half a second later. */
  end(group: number): void
  /** Kills at once, without waiting: what an exiting process can still do. */
  killNow(): void
  /** Kills everything and waits until it is gone. Throws ClosetError after five seconds. */
  killAll(): Promise<void>
}

/**
 * Keeps account of the processes that carry `mark`, any text that is unique to the closet.
 *
 * @example
 * const processes = trackProcesses(randomUUID())
 */
export function trackProcesses(mark: string): Processes {
  const groups = new Set<number>()
  const timers = new Set<NodeJS.Timeout>()
  const isLinux = process.platform === 'linux'

  const running = () => (isLinux ? markedProcesses(mark) : [...groups].filter(group => signalGroup(group, 0)))

  const killNow = () => {
    for (const timer of timers) clearTimeout(timer)
    timers.clear()
    for (const group of groups) signalGroup(group, 'SIGKILL')
    if (isLinux) for (const pid of markedProcesses(mark)) signalProcess(pid, 'SIGKILL')
  }

  return {
    mark,
    killNow,
    signal: signalGroup,
    started: group => void groups.add(group),
    leaderExited: group => {
      // The mark finds the rest on Linux; elsewhere the group is remembered for as long as it has members.
      if (isLinux || !signalGroup(group, 0)) groups.delete(group)
    },
    end: group => {
      if (!signalGroup(group, 'SIGTERM')) return
      const timer = setTimeout(() => {
        timers.delete(timer)
        signalGroup(group, 'SIGKILL')
      }, grace)
      timers.add(timer)
    },
    killAll: async () => {
      const until = performance.now() + deadline
      for (;;) {
        killNow()
        const left = running()
        if (left.length === 0) return
        if (performance.now() > until) {
          throw new ClosetError(
            `Processes of the closet do not end: ${left.join(', ')}. End them by hand with kill -9.`,
          )
        }
        await sleep(10)
      }
    },
  }
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  return signalProcess(-group, signal)
}

function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    // ESRCH: nobody is there. EPERM: a set-user-id program, which is not ours to end.
    if (isOneOf(error, 'ESRCH', 'EPERM')) return false
    throw error
  }
}

/** Processes whose environment has the mark. One that is dead and not yet collected has no environment. */
function markedProcesses(mark: string): number[] {
  const entry = `${markName}=${mark}`
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => pid !== process.pid && environmentOf(pid).includes(entry))
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch (error) {
    // It ended while we looked, or belongs to somebody else and so isn't ours.
    if (isOneOf(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return ''
    throw error
  }
}

function isOneOf(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '')
}
