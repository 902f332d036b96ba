import type { GetCommandInvocationCommandOutput } from '@aws-sdk/client-ssm'
import { HostTrouble } from '../../core/ports.ts'
import { waitAfter } from './backoff.ts'
import type { Clients } from './clients.ts'
import type { Instance } from './instance.ts'
import type { SsmSettings } from './options.ts'
import { isRefusal, isThrottled, troubleOf } from './trouble.ts'

/** A command that was sent to one instance. `since` is when, by our own clock. */
export interface Sent {
  readonly commandId: string
  readonly instance: Instance
  readonly since: number
}

/** What became of a command that has ended, as GetCommandInvocation tells it. */
export type Invocation = GetCommandInvocationCommandOutput

/** One command that is looked after. */
export interface Followed {
  /** Rejects with `HostTrouble` (`unknown`) when AWS does not tell any more. */
  readonly ended: Promise<Invocation>
  /** Something was done about it: looks soon, and often again. */
  hurry(): void
  /** Nobody wants to know any more. */
  leave(): void
}

/** Looks after all commands of a transport together. */
export interface Watch {
  follow(sent: Sent): Followed
}

/** Most commands are quick, and some take hours: nobody has to wait much longer than a command took. */
const pace = { first: 250, factor: 1.25, most: 10_000 }

/** From this many commands on that are due together, they are looked at by one list and not each for itself. */
const together = 3

/** What AWS lists on one page, and how many pages others' commands may fill before the rest is looked at one by one. */
const pageSize = 50
const mostPages = 10

/** The clocks of this machine and of AWS agree better than this. */
const skew = 60_000

/** A command that was just sent may not be seen yet; after this it should be. */
const visible = 60_000

/** So many looks in a row may fail, each with the tries of the client. */
const mostFailures = 5

const terminal = new Set(['Success', 'Failed', 'Cancelled', 'TimedOut'])

interface Entry extends Sent {
  due: number
  looked: number
  failures: number
  readonly end: (result: Invocation | HostTrouble) => void
}

/** Makes a watch; it runs while something is followed, and nothing is left behind by it. */
export function createWatch({ aws, ssm }: Clients, { clock }: SsmSettings): Watch {
  const entries = new Set<Entry>()
  let running = false
  let nap = new AbortController()
  const wake = () => nap.abort(new DOMException('something is to be looked at', 'AbortError'))

  const later = (entry: Entry) => {
    entry.due = clock.now() + waitAfter(entry.looked++, pace)
  }
  const failed = (entry: Entry, error: unknown) => {
    later(entry)
    const { where } = entry.instance
    const isGone = !isThrottled(error) && isRefusal(error)
    if (++entry.failures < mostFailures && !isGone) return
    const { message } = troubleOf(where, 'how its command went on', error)
    const detail = { commandId: entry.commandId }
    entry.end(
      new HostTrouble('unknown', `${message}; the command may have run or not`, { cause: error, detail }),
    )
  }
  const look = async (entry: Entry): Promise<void> => {
    try {
      const { commandId: CommandId, instance } = entry
      const found = await ssm.send(
        new aws.GetCommandInvocationCommand({ CommandId, InstanceId: instance.id }),
      )
      entry.failures = 0
      if (terminal.has(found.Status ?? '')) entry.end(found)
      else later(entry)
    } catch (error) {
      // SendCommand answers before every other call sees the command.
      const unseen = (error as Error).name === 'InvocationDoesNotExist'
      if (unseen && clock.now() - entry.since < visible) later(entry)
      else failed(entry, error)
    }
  }
  /** Which of these have ended, and which AWS has not listed. */
  const list = async (due: readonly Entry[]): Promise<Entry[]> => {
    const open = new Map(due.map(entry => [`${entry.commandId} ${entry.instance.id}`, entry]))
    const ended: Entry[] = []
    const after = new Date(Math.min(...due.map(({ since }) => since)) - skew)
      .toISOString()
      .replace(/\.\d+/, '')
    let token: string | undefined
    for (let page = 0; page < mostPages && open.size > 0; page++) {
      const found = await ssm.send(
        new aws.ListCommandInvocationsCommand({
          Filters: [{ key: 'InvokedAfter', value: after }],
          MaxResults: pageSize,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      )
      for (const { CommandId, InstanceId, Status } of found.CommandInvocations ?? []) {
        const entry = open.get(`${CommandId} ${InstanceId}`)
        if (!entry) continue
        open.delete(`${CommandId} ${InstanceId}`)
        entry.failures = 0
        if (terminal.has(Status ?? '')) ended.push(entry)
        else later(entry)
      }
      token = found.NextToken
      if (!token) break
    }
    return [...ended, ...open.values()]
  }
  const round = async (due: readonly Entry[]): Promise<void> => {
    if (due.length < together) return void (await Promise.all(due.map(look)))
    try {
      await Promise.all((await list(due)).map(look))
    } catch (error) {
      for (const entry of due) failed(entry, error)
    }
  }
  const run = async (): Promise<void> => {
    while (entries.size > 0) {
      const now = clock.now()
      const next = Math.min(...[...entries].map(({ due }) => due))
      if (next > now) {
        nap = new AbortController()
        await clock.sleep(next - now, nap.signal).catch(() => undefined)
        continue
      }
      // Whoever is due soon is looked at along with the others.
      await round([...entries].filter(({ due, since }) => due - now <= Math.max(50, (now - since) / 4)))
    }
    running = false
  }
  return {
    follow(sent) {
      const { promise, resolve, reject } = Promise.withResolvers<Invocation>()
      promise.catch(() => undefined)
      const entry: Entry = {
        ...sent,
        due: 0,
        looked: 0,
        failures: 0,
        end: result => {
          entries.delete(entry)
          if (result instanceof HostTrouble) reject(result)
          else resolve(result)
        },
      }
      later(entry)
      entries.add(entry)
      if (running) wake()
      else {
        running = true
        void run()
      }
      return {
        ended: promise,
        hurry() {
          entry.looked = 0
          later(entry)
          wake()
        },
        leave() {
          entries.delete(entry)
          wake()
        },
      }
    },
  }
}
