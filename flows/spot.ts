import {
  create,
  destroy,
  ec2,
  flow,
  hypervisor,
  kvm,
  medium,
  merge,
  named,
  parallel,
  pipe,
  pretty,
  type SpotPrices,
  spotPrice,
  systems,
  tagged,
  watch,
} from 're-ops'
import * as z from 'zod'

const input = z.strictObject({})
const types = ['t3.medium', 't3a.medium'] as const
const zones = ['eu-central-1a', 'eu-central-1b'] as const
/** USD an hour: what the same batch costs at home, in watts. */
const atHome = 0.0058

export const spotNow = flow({
  description: 'the cheapest spot price for the batch now, in USD per hour',
  input,
  steps: spotPrice(types, zones, { hours: 1 }),
})

export const batchToSpots = flow({
  description: 'destroy the batch at home and create it on EC2 spot',
  input,
  steps: pipe(
    parallel(
      pipe(systems(tagged('batch'), hypervisor('kvm')), destroy({ force: true })),
      create(ec2(types, { spot: { maxPrice: atHome }, zones }), tagged('batch'), named('batch-spot'), 2),
    ),
    merge(),
    pretty(),
  ),
})

export const batchToKvm = flow({
  description: 'destroy the batch on EC2 spot and create it on our KVM',
  input,
  steps: pipe(
    parallel(
      pipe(systems(tagged('batch'), hypervisor('ec2')), destroy({ force: true })),
      create(kvm('iron-1'), medium, tagged('batch'), named('batch-home'), 2),
    ),
    merge(),
    pretty(),
  ),
})

/** Where nobody tells a price it is unknown, and nothing is moved. */
const price = { flow: spotNow, every: '1h', value: (found: SpotPrices) => found.cheapest[0]?.price } as const

export const awsSpots = watch('aws-spots', {
  poll: price,
  when: usd => usd < atHome,
  on: 'edge',
  cooldown: '1h',
  flow: batchToSpots,
})

export const localKvm = watch('local-kvm', {
  poll: price,
  when: usd => usd >= atHome,
  on: 'edge',
  cooldown: '1h',
  flow: batchToKvm,
})
