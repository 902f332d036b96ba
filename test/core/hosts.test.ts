import { describe, expect, test } from 'vitest'
import { hosts, isHosts, narrow, parseHosts, unite, withDefaults, withWay } from '../../src/core/hosts.ts'

describe('hosts', () => {
  test('makes plain data of names and of hosts that say more', () => {
    expect(hosts({ user: 'ops', jump: 'gate' }, ['foo', { name: 'bar', port: 2222 }])).toEqual({
      via: 'ssh',
      defaults: { user: 'ops', jump: ['gate'] },
      hosts: [{ name: 'foo' }, { name: 'bar', port: 2222 }],
    })
    expect(hosts(['foo'])).toEqual({ via: 'ssh', defaults: {}, hosts: [{ name: 'foo' }] })
    expect(hosts({ via: 'agent' }, [])).toMatchObject({ via: 'agent', hosts: [] })
  })

  test.each(['', 'a b', 'a;b', '-rf', '$(x)', 'a\n', '../x', "a'b", 'a.', '`x`', 'x'.repeat(254)])(
    'refuses %j as a name',
    name => expect(() => hosts([name])).toThrow(expect.objectContaining({ name: 'InvalidArguments' })),
  )

  test.each(['foo', 'foo.example.org', '10.0.0.1', 'fe80::1%eth0', 'a_b', '_x', 'x-1'])('takes %j', name =>
    expect(hosts([name]).hosts).toEqual([{ name }]),
  )

  test('says which host is wrong, and how', () => {
    expect(() => hosts(['fine', 'not fine'])).toThrow(/hosts\.1\.name.*"not fine"/)
    expect(() => hosts(['foo', 'foo'])).toThrow('foo stands twice')
    expect(() => hosts([{ name: 'foo', port: 70_000 }])).toThrow('hosts.0.port')
    expect(() => hosts([{ name: 'foo', user: '-x' }])).toThrow('user name')
    expect(() => hosts({ via: 'SSH' }, ['foo'])).toThrow('lower-case name')
    expect(() => parseHosts({ hosts: [{ name: 'foo', color: 1 }] })).toThrow('color')
  })

  test('is told from an outcome by its shape', () => {
    expect(isHosts(hosts(['foo']))).toBe(true)
    for (const other of [null, 5, [], {}, { hosts: [] }, { via: 1, hosts: [], defaults: {} }])
      expect(isHosts(other)).toBe(false)
  })
})

describe('narrow', () => {
  test('keeps the order and what is shared', () => {
    const all = hosts({ user: 'ops' }, ['a', 'b', 'c'])
    expect(narrow(all, new Set(['c', 'a'])).hosts.map(host => host.name)).toEqual(['a', 'c'])
    expect(narrow(all, new Set(['c'])).defaults).toEqual({ user: 'ops' })
    expect(narrow(all, new Set(['a', 'b', 'c']))).toBe(all)
    expect(narrow(all, new Set())).toMatchObject({ hosts: [] })
  })
})

describe('unite', () => {
  test('adds the hosts that are new, in the order of both', () => {
    const one = hosts(['a', 'b'])
    expect(unite(one, hosts(['b', 'c'])).hosts.map(host => host.name)).toEqual(['a', 'b', 'c'])
    expect(unite(one, hosts(['a']))).toBe(one)
  })

  test('keeps how each is reached when their ways differ', () => {
    const both = unite(hosts({ user: 'ops', port: 1 }, ['a']), hosts({ user: 'root', via: 'agent' }, ['b']))
    const reached = both.hosts.map(host => ({ via: both.via, ...withDefaults(both, host) }))
    expect(reached).toEqual([
      { via: 'ssh', name: 'a', user: 'ops', port: 1 },
      { via: 'agent', name: 'b', user: 'root' },
    ])
  })

  test('keeps another transport that differs in nothing else', () => {
    const both = unite(hosts(['a']), hosts({ via: 'agent' }, ['b']))
    expect(both.hosts.map(host => host.via ?? both.via)).toEqual(['ssh', 'agent'])
  })
})

test('a host with its way needs its collection no more, and its own word wins', () => {
  const on = hosts({ user: 'ops', via: 'agent' }, [
    { name: 'a', user: 'me' },
    { name: 'b', via: 'ssh' },
  ])
  expect(on.hosts.map(host => withWay(on, host))).toEqual([
    { via: 'agent', user: 'me', name: 'a' },
    { via: 'ssh', user: 'ops', name: 'b' },
  ])
})
