import {
  choose,
  each,
  failed,
  fallback,
  type HostResult,
  type Hosts,
  hostOperation,
  hosts,
  map,
  merge,
  named,
  type Operation,
  type Outcome,
  parallel,
  pick,
  pipe,
  poll,
  recover,
  retry,
  successful,
  timeout,
  transform,
  wait,
  when,
} from 're-ops'
import * as z from 'zod'
import type { Shape } from './shapes.ts'

type Numbers = Outcome<Hosts, number>
type Step = Operation<Numbers, any>

/** One call of the scripted hosts: the step's number is its command. */
const act = hostOperation({
  name: 'act',
  effect: 'read',
  schema: z.strictObject({ id: z.int() }),
  args: (id: number) => ({ id }),
  describe: ({ id }) => `act ${id}`,
  each: async (host, { id }) => Number((await host.exec([String(id)])).stdout),
})

const enough = (least: number) => (data: Numbers) => data.successful.length >= least
const alone = (data: Numbers) =>
  data.on.hosts.map(host => ({
    on: { ...data.on, hosts: [host] },
    successful: data.successful.filter(success => success.host === host.name),
    failure: [],
    left: [],
  }))

/** The real pipeline of a shape. */
export function pipelineOf(shape: Shape): Step {
  switch (shape.kind) {
    case 'act':
      return act(shape.id)
    case 'pick':
      return pick(predicates[shape.who])
    case 'map':
      return named('map', map(shape.how === 'add one' ? addOne : throwAtOdd))
    case 'gate':
      return when(data => ({
        pass: enough(shape.atLeast)(data as Numbers),
        reason: `fewer than ${shape.atLeast}`,
      }))
    case 'choose':
      return shape.no
        ? choose(enough(shape.atLeast), pipelineOf(shape.yes), pipelineOf(shape.no))
        : choose(enough(shape.atLeast), pipelineOf(shape.yes))
    case 'pipe':
      return shape.steps.map(pipelineOf).reduce((before, step) => pipe(before, step))
    case 'both':
      return pipe(parallel(...shape.branches.map(pipelineOf)), merge() as Operation<any, Numbers>)
    case 'each':
      return pipe(
        each(alone, pipelineOf(shape.body), shape.inline ? { atMost: 3 } : {}),
        merge() as Operation<any, Numbers>,
      )
    case 'wait':
      return wait(shape.seconds)
    case 'timeout':
      return timeout(pipelineOf(shape.body), '1d')
    case 'retry':
      return retry(pipelineOf(shape.body), { attempts: shape.attempts, every: 1, backoff: 1, jitter: false })
    case 'fallback':
      return fallback(pipelineOf(shape.body), 'agent')
    case 'recover':
      return recover(
        pipe(
          pipelineOf(shape.body),
          transform((data: Numbers) => insist(data, shape.atLeast)),
        ),
        transform(() => ({ on: hosts(['a']), successful: [], failure: [], left: [] }) as Numbers),
      )
    case 'poll':
      return poll(pipelineOf(shape.body), enough(shape.atLeast), 2, shape.seconds)
  }
}

const predicates: Record<Extract<Shape, { kind: 'pick' }>['who'], (result: HostResult<any>) => boolean> = {
  successful,
  failed,
  even: result => result.ok && result.value % 2 === 0,
}

function addOne(value: number): number {
  return value + 1
}

function throwAtOdd(value: number): number {
  if (value % 2 === 1) throw new Error('odd')
  return value + 1
}

function insist(data: Numbers, least: number): Numbers {
  if (data.successful.length < least) throw new RangeError('too few')
  return data
}
