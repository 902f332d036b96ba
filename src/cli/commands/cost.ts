import type { Args, Flags, Usage } from '../command.ts'
import { configFlag, jsonFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'

export const usage: Usage = {
  ways: ['reops cost [<flow>…] [flags]'],
  about: 'What an execution costs in AWS, and a month at the declared schedules. It asks nobody.',
  examples: ['reops cost', 'reops cost listing --region eu-central-1', 'reops cost --json'],
}

export const options: Flags = {
  region: { type: 'string', value: '<region>', about: 'whose prices; aws.region otherwise' },
  items: { type: 'string', value: '<n>', about: 'items of each list that is gone through; 10 otherwise' },
  ...jsonFlag,
  ...configFlag,
}

/** `reops cost [<flow>…]`: estimates what flows cost in AWS. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const { printCost } = await import('../work/cost.ts')
  return printCost(context, args)
}
