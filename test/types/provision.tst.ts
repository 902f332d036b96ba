import {
  checkOnly,
  exec,
  file,
  type HostOperation,
  type Hosts,
  type OnHosts,
  type Operation,
  type Outcome,
  type Provisioned,
  packages,
  pipe,
  provision,
  type Ref,
  service,
  type Type,
  template,
  type,
  whenChanged,
} from 're-ops'
import { describe, expect, test } from 'tstyche'
import * as z from 'zod'

declare const closet: Hosts

describe('type', () => {
  test('gives its plan references of the parsed arguments', () => {
    const redis = type({
      args: z.strictObject({ port: z.int().default(1), deep: z.object({ name: z.string() }) }),
      plan: args => {
        expect(args.port).type.toBeAssignableTo<Ref<number>>()
        expect(args.port).type.not.toBeAssignableTo<Ref<string>>()
        expect(args.deep.name).type.toBeAssignableTo<Ref<string>>()
        return template('/x', { text: '{{ port }}', vars: { port: args.port } })
      },
    })
    expect(redis).type.toBe<Type>()
  })

  test('wants a pipeline that acts on hosts', () => {
    expect(type).type.not.toBeCallableWith({ plan: () => 'packages' })
    expect(type).type.not.toBeCallableWith({ plan: () => checkOnly })
    expect(type).type.toBeCallableWith({
      plan: () => pipe(packages(['x']), whenChanged(exec('true')), service('x', { running: true })),
    })
  })
})

describe('resources', () => {
  test('begin a pipeline with hosts, or go on with them', () => {
    const first = file(closet, '/x', { content: '' })
    expect(first).type.toBeAssignableTo<
      Operation<void, Outcome<Hosts, { changed: boolean; what: readonly string[] }>>
    >()
    expect(file('/x', { content: '' })).type.toBeAssignableTo<Operation<OnHosts, Outcome<Hosts, unknown>>>()
    expect(checkOnly(first)).type.toBe<typeof first>()
    expect(packages).type.toBeAssignableTo<HostOperation<any, { readonly changed: boolean }>>()
  })

  test('refuse options that there are not', () => {
    expect(service).type.not.toBeCallableWith('x', { started: true })
    expect(file).type.not.toBeCallableWith('/x', { content: 5 })
  })
})

test('provision answers what was done to each system', () => {
  expect(provision()).type.toBe<Operation<OnHosts, Outcome<Hosts, Provisioned>>>()
  expect(provision(closet, { plan: true })).type.toBe<Operation<void, Outcome<Hosts, Provisioned>>>()
})
