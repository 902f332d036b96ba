import { EC2Client } from '@aws-sdk/client-ec2'
import { unlessAborted } from '../../core/aborted.ts'
import { type AwsSettings, clientOptions, sdkConfig } from '../../core/aws.ts'
import type { Job } from '../../core/systems/provider.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { troubleOf } from './errors.ts'

/** What the provider is given of the configuration's `aws`. */
export type Ec2Settings = Pick<AwsSettings, 'region' | 'profile' | 'endpoint' | 'endpoints' | 'stack' | 'ec2'>

/** Milliseconds for a connection and for one answer; the SDK tries again what gets none. */
const patience = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true }

/** Makes a client of EC2 in a region. */
export function openClient(settings: Ec2Settings, region = settings.region): EC2Client {
  return new EC2Client({
    ...sdkConfig(clientOptions({ ...settings, region }, 'ec2')),
    requestHandler: patience,
  })
}

/** Milliseconds that a launch needs: one that is cut off leaves nobody knowing what came of it. */
const launching = 2_000

/** The longest that a timer takes, in milliseconds. */
const longest = 2 ** 31 - 1

/** A call of the SDK. */
type Call<T> = (client: EC2Client, options: { readonly abortSignal: AbortSignal }) => Promise<T>

/** What one job works with. */
export interface Desk {
  readonly settings: Ec2Settings
  readonly job: Job
  /** Asks for what changes nothing, or what is the same when it is repeated. Throws `SystemTrouble`. */
  ask<T>(doing: string, call: Call<T>): Promise<T>
  /**
   * Asks for what makes something. A job that is cancelled meanwhile does not stop the call, since nobody would know what
   * came of it; after no answer the trouble is `unknown`.
   */
  launch<T>(doing: string, call: Call<T>): Promise<T>
  /** Waits. Throws `SystemTrouble` when the job is cancelled. `ms` is cut at the deadline. */
  pause(ms: number): Promise<void>
  /** The same with time of its own in milliseconds, for taking back, whatever has become of the job. */
  afterwards(ms: number): Desk
}

/** Lays out a desk for a job. */
export function deskFor(client: EC2Client, settings: Ec2Settings, job: Job): Desk {
  const { clock, deadline, signal } = job
  const left = () => deadline - clock.now()
  const overdue = (doing: string, makes: boolean) =>
    makes
      ? new SystemTrouble('unknown', `${doing}: no answer in time; the same call again finds what there is`)
      : new SystemTrouble('timeout', `${doing}: its time is over; the same call again goes on with it`)
  const cancelled = (cause: unknown) =>
    new SystemTrouble('cancelled', 'stopped when it was cancelled', { cause })
  const bounded = async <T>(doing: string, call: Call<T>, makes: boolean): Promise<T> => {
    if (signal.aborted) throw cancelled(signal.reason)
    // Nothing has been asked yet.
    if (left() <= (makes ? launching : 0)) throw overdue(doing, false)
    const time = AbortSignal.timeout(Math.min(Math.ceil(left()), longest))
    const ends = makes ? time : AbortSignal.any([signal, time])
    try {
      return await unlessAborted(call(client, { abortSignal: ends }), ends)
    } catch (error) {
      if (!makes && signal.aborted) throw cancelled(error)
      if (time.aborted) throw overdue(doing, makes)
      throw troubleOf(error, doing, makes)
    }
  }
  return {
    settings,
    job,
    ask: (doing, call) => bounded(doing, call, false),
    launch: (doing, call) => bounded(doing, call, true),
    async pause(ms) {
      try {
        await clock.sleep(Math.max(0, Math.min(ms, left())), signal)
      } catch (error) {
        throw cancelled(error)
      }
    },
    afterwards: ms =>
      deskFor(client, settings, {
        ...job,
        signal: new AbortController().signal,
        deadline: clock.now() + ms,
      }),
  }
}
