import {
  create,
  destroy,
  ec2,
  evaluate,
  exec,
  flow,
  hosts,
  hypervisor,
  map,
  named,
  operation,
  parallel,
  pick,
  pipe,
  pretty,
  recover,
  run,
  sensor,
  spotPrice,
  stop,
  successful,
  systems,
  transform,
  watch,
  webhook,
  when,
} from 're-ops'
import * as z from 'zod'

/** An error of the author's own, which has its name from its class alone. */
class NoSuchMoon extends Error {
  override get name() {
    return this.constructor.name
  }
}

const anyInput = z.strictObject({ n: z.number().default(1) })

const double = (data: { n: number }) => ({ n: data.n * 2 })

export const doubling = flow({
  input: anyInput,
  steps: pipe(
    transform(double),
    transform((data: { n: number }, { input, execution }) => ({
      ...data,
      input: input.n,
      flow: execution.flow,
    })),
    pretty(),
  ),
})

/** Whoever has the secret may start it from anywhere. */
export const pushed = webhook('git/push', doubling, {
  secret: { parameter: '/re-ops/hooks/git' },
  runs: 'cloud',
})

export const moon = flow({
  input: anyInput,
  steps: pipe(
    transform(function landing(_data: unknown): never {
      throw Object.assign(new NoSuchMoon('there is no second moon'), { password: 'hunter2' })
    }),
  ),
})

export const rescued = flow({
  input: anyInput,
  steps: recover(
    transform(function landing(_data: unknown): string {
      throw new NoSuchMoon('there is no second moon')
    }),
    transform(({ error }: { error: string }) => `recovered from ${error}`),
    { errors: ['NoSuchMoon'] },
  ),
})

export const large = flow({
  input: anyInput,
  steps: pipe(
    transform(function grow({ n }: { n: number }) {
      return 'x'.repeat(n)
    }),
    transform(function measure(text: string) {
      return text.length
    }),
  ),
})

export const slow = flow({
  input: anyInput,
  steps: transform(async function sleepOn({ n }: { n: number }) {
    await new Promise(resolve => setTimeout(resolve, n))
    return 'awake'
  }),
})

export const gone = flow({
  input: anyInput,
  steps: transform(function leave(): string {
    process.exit(3)
  }),
})

export const sum = flow({
  input: anyInput,
  steps: pipe(
    parallel(
      transform(({ n }: { n: number }) => n + 1),
      pipe(
        when(function isEven({ n }: { n: number }) {
          return n % 2 === 0
        }),
        transform(({ n }: { n: number }) => n * 10),
      ),
    ),
    pretty(),
  ),
})

/** An operation of the author's own in the cloud. */
const lookUp = operation({
  name: 'look-up',
  site: 'cloud',
  capability: 'dns',
  effect: 'read',
  schema: z.strictObject({ domain: z.string() }),
  handle: (_data: unknown, { domain }) => `${domain} is at 192.0.2.1`,
})

export const resolving = flow({ input: anyInput, steps: lookUp({ domain: 'example.org' }) })

const closet = hosts(['foo', 'bar', 'nowhere'])

export const counting = flow({
  input: anyInput,
  steps: pipe(
    // What is said on stderr is too large for a state.
    exec(closet, 'echo $((6 * 7)); yes | head -c 50000 >&2'),
    map(function toNumber({ stdout }) {
      return Number(stdout)
    }),
    pick(successful),
    when(function areAll42(outcome) {
      return outcome.successful.every(({ value }) => value === 42)
    }),
    parallel(
      transform(function countOf(outcome: { successful: readonly unknown[] }) {
        return outcome.successful.length
      }),
      pipe(exec('basename "$PWD"'), pretty()),
    ),
  ),
})

/** All of it about instances of EC2, from their creation to what they say. */
export const launching = flow({
  input: anyInput,
  steps: pipe(
    create(ec2('t3.micro'), named('web'), 2),
    exec('echo $((6 * 7))'),
    map(function toNumber({ stdout }) {
      return Number(stdout)
    }),
    pretty(),
  ),
})

export const counted = flow({
  input: anyInput,
  steps: pipe(
    systems(hypervisor('ec2')),
    exec('head -c 90000 /dev/zero | tr "\\0" x'),
    map(function lengthOf({ stdout, kept }) {
      return kept?.stdout?.bytes ?? stdout.length
    }),
  ),
})

export const ending = flow({
  input: anyInput,
  steps: pipe(systems(hypervisor('ec2')), stop(), destroy({ force: true })),
})

const heat = sensor('closet/temperature', z.number(), { name: 'heat' })

const isHot = {
  sensor: heat,
  when: (celsius: number) => celsius > 70,
  on: 'edge',
  cooldown: '1s',
  flow: doubling,
  input: (celsius: number) => ({ n: celsius }),
  runs: 'cloud',
} as const

export const tooHot = watch('too-hot', {
  ...isHot,
  clears: celsius => celsius < 60,
  onClear: { flow: sum, input: { n: 2 } },
})

export const longHot = watch('long-hot', { ...isHot, for: '2s' })

/** Asks a flow whose answer is too large for a state where it asks for much. */
export const asking = watch('asking', {
  poll: { flow: large, input: { n: 300_000 }, every: '1m' },
  when: (length: number) => length > 0,
  flow: doubling,
  input: length => ({ n: length }),
  runs: 'cloud',
})

export const prices = flow({
  input: anyInput,
  steps: spotPrice(['t3.micro'], ['eu-central-1a'], { hours: 2 }),
})

export const nesting = flow({
  input: anyInput,
  steps: transform(function runAnother(): Promise<unknown> {
    return run(transform(double), { n: 1 })
  }),
})

/** What agents are sent has no variables from around it, here and as it is written, whatever a bundler makes of it. */
export const byAgents = flow({
  input: anyInput,
  steps: pipe(
    evaluate(closet, function load() {
      const first = (list: readonly number[]) => list[0]
      return first([1, 2, 3]) ?? null
    }),
    map(function plusOne(value) {
      return Number(value) + 1
    }),
  ),
})
