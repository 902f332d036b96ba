export { type SpotPriceOptions, spotPrice } from './spot-price.ts'
export type { SpotChange, SpotPool, SpotPrices } from './tell.ts'
