import type { AwsSettings } from '../core/aws.ts'
import type { PricesPort } from '../core/prices.ts'

/** Prices of AWS. Its client costs half a second to load, so nothing is before somebody asks. */
export function wirePrices(aws: AwsSettings): PricesPort & { close(): Promise<void> } {
  let opened: Promise<PricesPort & { close(): Promise<void> }> | undefined
  return {
    async spot(asked, signal) {
      opened ??= import('../providers/ec2/prices.ts').then(({ openSpotPrices }) => openSpotPrices(aws))
      return (await opened).spot(asked, signal)
    },
    async close() {
      await (await opened)?.close()
    },
  }
}
