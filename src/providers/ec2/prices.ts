import { DescribeSpotPriceHistoryCommand, type EC2Client } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import { unlessAborted } from '../../core/aborted.ts'
import { type PricesPort, PricesUnavailable, type SpotRecord, UnknownSpotPool } from '../../core/prices.ts'
import { instanceType, regionOf, zone } from '../../core/systems/ec2.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { type Ec2Settings, openClient } from './desk.ts'
import { troubleOf } from './errors.ts'

/** Records of one page, and pages of one question: 90 days of a hundred pools are fewer. */
const pageSize = 1_000
const mostPages = 200

/** How Linux is called where prices are told, of new accounts and of old ones. */
const linux = ['Linux/UNIX', 'Linux/UNIX (Amazon VPC)']

const recordSchema = z
  .object({
    InstanceType: instanceType,
    AvailabilityZone: zone,
    Timestamp: z.date(),
    SpotPrice: z.string().regex(/^\d{1,6}(?:\.\d{1,12})?$/),
  })
  .transform(
    (one): SpotRecord => ({
      type: one.InstanceType,
      zone: one.AvailabilityZone,
      at: one.Timestamp.getTime(),
      price: Number(one.SpotPrice),
    }),
  )

/** What AWS says of types, zones and regions that it does not have. */
const noSuch = /^Invalid(?:ParameterValue|InstanceType|AvailabilityZone|Zone|Input)|^OptInRequired/

/** Prices of spot capacity, asked of each region that a zone is in. Nothing is asked before it is needed. */
export function openSpotPrices(settings: Ec2Settings): PricesPort & { close(): Promise<void> } {
  const clients = new Map<string, EC2Client>()
  const clientOf = (region: string): EC2Client => {
    const known = clients.get(region) ?? openClient(settings, region)
    clients.set(region, known)
    return known
  }
  return {
    async spot({ types, zones, from, until }, signal) {
      const byRegion = Map.groupBy(zones, regionOf)
      const asked = [...byRegion].map(([region, own]) =>
        readAll(clientOf(region), { types, zones: own, from, until }, signal).catch(error => {
          signal.throwIfAborted()
          throw explained(error, region)
        }),
      )
      return (await Promise.all(asked)).flat()
    },
    async close() {
      for (const client of clients.values()) client.destroy()
      clients.clear()
    },
  }
}

async function readAll(
  client: EC2Client,
  { types, zones, from, until }: Parameters<PricesPort['spot']>[0],
  signal: AbortSignal,
): Promise<SpotRecord[]> {
  const records: SpotRecord[] = []
  let next: string | undefined
  for (let pages = 0; pages < mostPages; pages++) {
    const command = new DescribeSpotPriceHistoryCommand({
      InstanceTypes: [...types] as 't3.micro'[],
      ProductDescriptions: linux,
      Filters: [{ Name: 'availability-zone', Values: [...zones] }],
      // With a beginning and an end, EC2 adds of each pool the change before the beginning.
      StartTime: new Date(from),
      EndTime: new Date(until),
      MaxResults: pageSize,
      ...(next ? { NextToken: next } : {}),
    })
    const answer = await unlessAborted(client.send(command, { abortSignal: signal }), signal)
    for (const one of answer.SpotPriceHistory ?? []) {
      const parsed = recordSchema.safeParse(one)
      if (parsed.success) records.push(parsed.data)
    }
    next = answer.NextToken
    // The last page has an empty token; one in the middle may have a token and no record.
    if (!next) return records
  }
  throw new PricesUnavailable(`AWS tells prices without an end; ask for fewer types or hours`)
}

function explained(error: unknown, region: string): unknown {
  const trouble = troubleOf(error, `asking for spot prices in ${region}`)
  if (!(trouble instanceof SystemTrouble)) return error
  const code = String(trouble.detail.aws)
  const nobody = trouble.code === 'unreachable' && /ENOTFOUND|getaddrinfo/.test(trouble.message)
  if (noSuch.test(code) || nobody)
    return new UnknownSpotPool(
      `${trouble.message}; see which types and zones there are: aws ec2 describe-instance-type-offerings --location-type availability-zone --region ${region}`,
      { cause: error, detail: { region, aws: code } },
    )
  return new PricesUnavailable(trouble.message, { cause: error, detail: { region, aws: code } })
}
