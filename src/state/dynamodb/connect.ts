import { setTimeout as sleep } from 'node:timers/promises'
import { type AwsClientOptions, sdkConfig } from '../../core/aws.ts'
import type { Clock } from '../../core/ports.ts'
import { openTable, type Table } from './table.ts'

export interface ConnectOptions extends AwsClientOptions {
  /** Its keys are the texts `pk` and `sk`, and `expires` its attribute of TTL. Others may keep things in it too. */
  readonly table: string
  /** By which pauses between tries are made, and how old an import is that was broken off. */
  readonly clock?: Clock | undefined
}

/** Milliseconds for a connection, and for an answer to one try of a call. */
const waits = { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true } as const
/** Milliseconds of the pause after a first try, which doubles with each, and the longest one. */
const pauses = { first: 25, most: 1_500 }

/** Makes a client of a table. Nobody is asked, and no credentials are looked for, before the first use. */
export async function connect(options: ConnectOptions): Promise<{
  readonly table: Table
  readonly clock: Clock
  readonly pause: (tried: number) => Promise<void>
}> {
  const { clock = systemClock } = options
  const { DynamoDB } = await import('@aws-sdk/client-dynamodb')
  const client = new DynamoDB({ ...sdkConfig(options), requestHandler: waits })
  const pause = (tried: number) =>
    clock.sleep(Math.random() * Math.min(pauses.most, pauses.first * 2 ** tried))
  return { table: openTable({ ...options, client, name: options.table, pause }), clock, pause }
}

const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal && { signal }),
}
