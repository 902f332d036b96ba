import type { InstanceInformation } from '@aws-sdk/client-ssm'
import { unlessAborted } from '../../core/aborted.ts'
import { HostTrouble } from '../../core/ports.ts'
import { waitAfter } from './backoff.ts'
import type { Clients } from './clients.ts'
import type { Instance } from './instance.ts'
import type { SsmSettings } from './options.ts'
import { troubleOf } from './trouble.ts'

/** Which instances Systems Manager can reach now. */
export interface Presence {
  /** Resolves when it is there, at once or within `wait` milliseconds. Throws `HostTrouble`, or the signal's reason. */
  require(instance: Instance, wait: number, signal: AbortSignal): Promise<void>
}

/** An instance that was there a moment ago is not asked for again: a command that does not arrive says so itself. */
const fresh = 30_000

/** Whoever opens hosts together asks together: so many instances in one call, gathered for so long. */
const most = 50
const gathered = 10
/** Pages of one answer, some of which may be empty. */
const mostPages = 50

const pace = { first: 1_000, factor: 1.5, most: 8_000 }

interface Question {
  readonly id: string
  readonly answer: (found: InstanceInformation | undefined) => void
  readonly fail: (error: unknown) => void
}

/** Asks AWS which instances are there, for many hosts at once. */
export function createPresence({ aws, ssm }: Clients, { clock }: SsmSettings): Presence {
  const seen = new Map<string, number>()
  let questions: Question[] = []

  const askAll = async (): Promise<void> => {
    await new Promise(resolve => setTimeout(resolve, gathered))
    const asked = questions
    questions = []
    for (let at = 0; at < asked.length; at += most) {
      await answerAll(asked.slice(at, at + most))
    }
  }
  const answerAll = async (some: readonly Question[]): Promise<void> => {
    try {
      const found = await describe([...new Set(some.map(({ id }) => id))])
      for (const { id, answer } of some) answer(found.get(id))
    } catch (error) {
      // One that AWS does not know is no reason for the others.
      if ((error as Error).name === 'InvalidInstanceId' && some.length > 1)
        for (const one of some) await answerAll([one])
      else for (const { fail } of some) fail(error)
    }
  }
  const describe = async (ids: string[]) => {
    const found = new Map<string, InstanceInformation>()
    let token: string | undefined
    for (let pages = 0; pages < mostPages && found.size < ids.length; pages++) {
      const page = await ssm.send(
        new aws.DescribeInstanceInformationCommand({
          Filters: [{ Key: 'InstanceIds', Values: ids }],
          MaxResults: most,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      )
      for (const one of page.InstanceInformationList ?? []) found.set(one.InstanceId ?? '', one)
      token = page.NextToken
      if (!token) break
    }
    return found
  }
  const ask = (id: string): Promise<InstanceInformation | undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<InstanceInformation | undefined>()
    questions.push({ id, answer: resolve, fail: reject })
    if (questions.length === 1) void askAll()
    return promise
  }
  return {
    async require(instance, wait, signal) {
      const { id, where } = instance
      const until = clock.now() + wait
      for (let tried = 0; ; tried++) {
        signal.throwIfAborted()
        if ((seen.get(id) ?? Number.NEGATIVE_INFINITY) + fresh > clock.now()) return
        // Others wait for the same answer; who is called off goes without it.
        const found = await unlessAborted(ask(id), signal).catch(error => {
          signal.throwIfAborted()
          throw troubleOf(where, 'whether it is there', error)
        })
        if (found?.PlatformType !== undefined && found.PlatformType !== 'Linux')
          throw new HostTrouble(
            'refused',
            `${where}: it runs ${found.PlatformType}, and commands are for a shell of Linux`,
          )
        if (found?.PingStatus === 'Online') return void seen.set(id, clock.now())
        const left = until - clock.now()
        if (left <= 0) throw absent(where, found)
        await clock.sleep(Math.min(left, waitAfter(tried, pace)), signal)
      }
    },
  }
}

function absent(where: string, found: InstanceInformation | undefined): HostTrouble {
  if (found === undefined)
    return new HostTrouble(
      'unreachable',
      `${where}: Systems Manager does not manage it: it takes a running instance with the SSM agent, a role with AmazonSSMManagedInstanceCore, and a way to AWS`,
    )
  const last = found.LastPingDateTime?.toISOString()
  return new HostTrouble(
    'unreachable',
    `${where}: its SSM agent is not there (${found.PingStatus ?? 'unknown'}${last ? `, last heard of at ${last}` : ''}): look whether the instance runs`,
    { detail: { pingStatus: found.PingStatus } },
  )
}
