import { exec, flow, hostOperation, hosts, operation, pipe, transform } from 're-ops'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { openOperations } from '../../../onprem-bridge/jobs/index.ts'
import { compile } from '../../../src/compile/compile.ts'
import { FlowChanged, UnknownTask } from '../../../src/core/errors.ts'
import type { Flow } from '../../../src/core/flow.ts'
import { definitionOf } from '../../../src/core/operation/definition-of.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import { requestOf } from '../../state/jobs.ts'

const closet = hosts(['foo'])
const make = (name: string, effect: 'read' | 'change' = 'change') =>
  hostOperation({ name, effect, schema: z.strictObject({}), args: () => ({}), each: async () => name })
const blink = make('blink')
const cloudy = operation({
  name: 'cloudy',
  site: 'cloud',
  capability: 'ec2',
  effect: 'read',
  schema: z.strictObject({}),
  handle: () => null,
})
const flowOf = (steps: Operation<void, unknown>): Flow => flow({ input: z.strictObject({}), steps })

/** Requests as the states of a compiled pipeline make them. */
function requestsOf(pipeline: Operation<any, unknown>, name: string) {
  const { tasks, version } = compile(pipeline, name)
  return [...tasks].map(([step, { definition }]) =>
    requestOf({ operation: definition.name, flow: name, step, version }),
  )
}

const blinking = flowOf(pipe(blink(closet), exec('uptime')))
const flows = new Map([['blinking', blinking]])
const { find } = openOperations({ flows })

describe('what a bridge executes', () => {
  test('is ours, whoever’s flow it comes from and whatever its version', () => {
    const request = { operation: 'exec', flow: 'elsewhere', step: 'uptime', version: 'any' }
    expect(find(requestOf(request))).toBe(definitionOf(exec))
    expect(find(requestOf({ ...request, flow: 'blinking' }))).toBe(definitionOf(exec))
  })

  test('is what the flows here use, as they are here', () => {
    expect(requestsOf(blinking, 'blinking').map(request => find(request).name)).toEqual(['blink', 'exec'])
  })

  test('is no operation of another version of a flow', () => {
    const changed = requestsOf(flowOf(pipe(blink(closet), exec('uptime -p'))), 'blinking')
    expect(() => find(changed[0]!)).toThrow(FlowChanged)
    expect(() => find(changed[0]!)).toThrow(/flow blinking was changed.*began as version .* and here is/)
    expect(find(changed[1]!).name).toBe('exec')
  })

  test('is no step that the flow here does not have', () => {
    const [request] = requestsOf(blinking, 'blinking')
    expect(() => find({ ...request!, step: 'other' })).toThrow(UnknownTask)
    expect(() => find({ ...request!, operation: 'blank' })).toThrow(UnknownTask)
  })

  test('is a flow’s own operation by its name alone where a pipeline has no flow here', () => {
    const [request] = requestsOf(blink(closet), 'adhoc')
    expect(find(request!)).toBe(definitionOf(blink))
    const both = openOperations({ flows: new Map([...flows, ['two', flowOf(make('blink')(closet))]]) })
    expect(() => both.find(request!)).toThrow(
      /several flows of the bridge have an operation of their own called "blink"/,
    )
  })

  test('is nothing else, and it says what there is', () => {
    expect(() => find(requestOf({ operation: 'format', flow: 'adhoc' }))).toThrow(
      /no operation "format"; it has its own operations and those of its flows: blink\./,
    )
    const empty = openOperations({ flows: new Map() })
    expect(() => empty.find(requestOf({ operation: 'blink' }))).toThrow(/its flows have made none/)
    for (const name of ['__proto__', 'constructor', 'toString'])
      expect(() => find(requestOf({ operation: name, flow: name, step: name }))).toThrow(UnknownTask)
  })

  test('is no function of an author and nothing of the cloud', () => {
    const mixed = pipe(
      cloudy({}),
      transform(() => closet),
      blink(),
    ) as Operation<void, unknown>
    const there = openOperations({ flows: new Map([['mixed', flowOf(mixed)]]) })
    const [cloud, code, onprem] = requestsOf(flowOf(mixed), 'mixed')
    expect(() => there.find(cloud!)).toThrow(/cloudy of flow mixed executes in the cloud/)
    expect(() => there.find(code!)).toThrow(/transform of flow mixed executes in the functions of its author/)
    expect(there.find(onprem!).name).toBe('blink')
  })

  test('does not mistake a flow’s own operation for ours of the same name', () => {
    const own = make('ls', 'read')
    const shadowing = openOperations({ flows: new Map([['mine', flowOf(own(closet))]]) })
    const [request] = requestsOf(flowOf(own(closet)), 'mine')
    expect(shadowing.find(request!)).toBe(definitionOf(own))
    expect(() => shadowing.find({ ...request!, version: 'older' })).toThrow(FlowChanged)
    expect(shadowing.find({ ...request!, flow: 'adhoc' })).not.toBe(definitionOf(own))
  })
})
