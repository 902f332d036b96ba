import { expect, test } from 'vitest'
import { scopeOf, toIdentifier } from '../../../src/cli/repl/scope.ts'
import { configSchema } from '../../../src/core/config.ts'
import { all as everySystem, type Hosts, hosts, ls, type Selector, systems } from '../../../src/index.ts'

test.each([
  ['foo', 'foo'],
  ['big-iron', 'bigIron'],
  ['web1.example.org', 'web1ExampleOrg'],
  ['10.0.0.5', undefined],
  ['new', undefined],
  ['a-1', 'a1'],
])('%s is in scope as %s', (name, identifier) => {
  expect(toIdentifier(name)).toBe(identifier)
})

test('an operation keeps its name, and whatever lost its own is still in flows and groups', () => {
  const config = configSchema.parse({ hosts: { ls: {}, foo: {}, 'big-iron': {} }, via: 'agent' })
  const group = hosts(['foo'])
  const scope = scopeOf({
    loaded: { config, folder: '/', file: undefined },
    groups: new Map([
      ['ls', group],
      ['foo', group],
    ]),
    flows: new Map(),
    begin: run => run,
  })
  expect(scope.ls).toBe(ls)
  expect(scope.groups).toEqual({ ls: group, foo: group })
  expect(scope.foo).toBe(group)
  expect(scope.bigIron).toEqual(hosts({ via: 'agent' }, ['big-iron']))
  expect(scope.config).toBe(config)
})

test('all is every host, and every system', () => {
  const config = configSchema.parse({ hosts: { foo: {} } })
  const scope = scopeOf({
    loaded: { config, folder: '/', file: undefined },
    groups: new Map([['all', hosts(['foo'])]]),
    flows: new Map(),
    begin: run => run,
  })
  const all = scope.all as Hosts & Selector
  expect(all).toEqual(hosts(['foo']))
  expect(() => ls(all as Hosts, '/')).not.toThrow()
  expect(systems(all as Selector).step).toEqual(systems(everySystem).step)
})
