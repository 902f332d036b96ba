import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { compile } from '../../../src/compile/compile.ts'
import { InvalidArguments } from '../../../src/core/errors.ts'
import { parseInput } from '../../../src/core/flow.ts'
import { inOrder, isType, type Type, type, typesIn } from '../../../src/core/systems/type.ts'
import { typeFlows, typesPort } from '../../../src/core/systems/type-flows.ts'
import { exec, hosts, pipe } from '../../../src/index.ts'

const plan = () => exec('true')
const on = hosts(['a'])

describe('a type of systems', () => {
  test('is named by its export, and becomes two flows', () => {
    const types = typesIn({ redis: type({ plan }), other: 5, flow: pipe(exec('x')) })
    expect([...types.keys()]).toEqual(['redis'])
    expect(isType(types.get('redis'))).toBe(true)
    expect([...typeFlows(types).keys()]).toEqual(['provision-redis', 'plan-redis'])
  })

  test('gives its plan the arguments of its systems', () => {
    const args = z.strictObject({ port: z.int().default(6379), deep: z.strictObject({ name: z.string() }) })
    const redis = type({ args, plan: given => exec(['echo', given.deep.name, expressionOf(given.port)]) })
    const flows = typeFlows(typesIn({ redis }))
    const { machine } = compile(flows.get('provision-redis')!, 'provision-redis')
    expect(JSON.stringify(machine)).toContain('Execution.Input.args.deep.name')
    const parse = (given: unknown) =>
      parseInput('provision-redis', flows.get('provision-redis')!, { on, args: given })
    expect(parse({ deep: { name: 'x' } })).toMatchObject({ args: { port: 6379 } })
    expect(() => parse({ deep: {} })).toThrow('args.deep.name')
    expect(() => parse({ deep: { name: 'x' }, color: 1 })).toThrow('color')
  })

  test('comes after those that it needs, each once', () => {
    const base = type({ plan })
    const net = type({ plan, needs: [base] })
    const disk = type({ plan, needs: () => [base] })
    const redis = type({ plan, needs: [net, disk] })
    const types = typesIn({ redis, disk, net, base })
    expect(inOrder('redis', types)).toEqual(['base', 'net', 'disk', 'redis'])
  })

  test('that needs itself is refused, by the whole way around', () => {
    const a: Type = type({ plan, needs: () => [b] })
    const b: Type = type({ plan, needs: () => [c] })
    const c: Type = type({ plan, needs: () => [b] })
    expect(() => typesIn({ a, b, c })).toThrow('type b needs itself: b needs c needs b')
    expect(() => typesIn({ a, b, c })).toThrow(InvalidArguments)
  })

  test.each<[string, () => unknown, string]>([
    ['a need without a name', () => typesIn({ a: type({ plan, needs: [type({ plan })] }) }), 'not exported'],
    [
      'a need that can not do without arguments',
      () => {
        const b = type({ plan, args: z.strictObject({ port: z.int() }) })
        return typesIn({ a: type({ plan, needs: [b] }), b })
      },
      "type a needs b, whose plan can't do without arguments (port:",
    ],
    ['a name that is none', () => typesIn({ $a: type({ plan }) }), 'type $a'],
    ['a plan that is none', () => type({ plan: 5 as never }), 'plan is a function'],
    [
      'a plan that answers nothing',
      () => typeFlows(typesIn({ a: type({ plan: (() => 5) as never }) })),
      'type a',
    ],
    [
      'a port that is none',
      () => type({ plan, exposes: [{ name: 'x', port: 0, protocol: 'tcp' }] }),
      'exposes',
    ],
  ])('with %s is refused', (_, make, message) => {
    expect(make).toThrow(InvalidArguments)
    expect(make).toThrow(message)
  })

  test('tells what is wrong with arguments', () => {
    const redis = type({ plan, args: z.strictObject({ port: z.int() }), description: 'keys and values' })
    const port = typesPort(typeFlows(typesIn({ redis })))
    expect(port.problemOf('redis', { port: 1 })).toBeUndefined()
    expect(port.problemOf('redis', { port: 'x' })).toMatch(/^type redis .*: port: /)
    expect(port.problemOf('mail', {})).toBe('there is no type "mail"; there are redis')
    expect(port.list()).toMatchObject([
      { id: 'redis', description: 'keys and values', needs: [], exposes: [] },
    ])
  })
})

/** A reference stands where text is wanted; what it brings is checked when it is filled in. */
function expressionOf(ref: unknown): string {
  return ref as string
}
