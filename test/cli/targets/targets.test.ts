import { describe, expect, test } from 'vitest'
import type { Args } from '../../../src/cli/command.ts'
import { parseHostWord } from '../../../src/cli/targets/host-word.ts'
import { resolveTargets } from '../../../src/cli/targets/resolve.ts'
import { splitTargets } from '../../../src/cli/targets/split.ts'
import { type ConfigInput, configSchema } from '../../../src/core/config.ts'

describe('a host on the command line', () => {
  test.each([
    ['foo', { name: 'foo' }],
    ['ops@foo', { name: 'foo', user: 'ops' }],
    ['ops@foo.lan:2222', { name: 'foo.lan', user: 'ops', port: 2222 }],
    ['[fe80::1]:22', { name: 'fe80::1', port: 22 }],
    ['ops@[::1]:2222', { name: '0::1', user: 'ops', port: 2222 }],
    ['fe80::1', { name: 'fe80::1' }],
    ['a@b@foo', { name: 'foo', user: 'a@b' }],
  ])('%s is %j', (word, host) => {
    expect(parseHostWord(word)).toEqual(host)
  })

  test.each(['foo:', 'foo:ssh', 'foo:0', 'foo:70000', '[::1]:x'])('%s is refused by its port', word => {
    expect(() => parseHostWord(word)).toThrow('is no port')
  })
})

describe('a list of hosts', () => {
  test.each([
    ['a,b', ['a', 'b']],
    [' a , ,b', ['a', 'b']],
    ['web[1-3,7],db', ['web1', 'web2', 'web3', 'web7', 'db']],
    ['n[08-11].lan', ['n08.lan', 'n09.lan', 'n10.lan', 'n11.lan']],
    ['r[1-2]n[1-2]', ['r1n1', 'r1n2', 'r2n1', 'r2n2']],
    ['ops@[::1]:22,[fe80::1]', ['ops@[::1]:22', '[fe80::1]']],
  ])('%s is %j', (list, words) => {
    expect(splitTargets(list)).toEqual(words)
  })

  test.each(['', ',', 'web[3-1]', 'web[1-]', 'web[0-99999999]', 'a[0-999]b[0-999]'])(
    '%j is refused',
    list => {
      expect(() => splitTargets(list)).toThrow(Error)
    },
  )
})

describe('a target', () => {
  const config = (input: ConfigInput) => ({
    config: configSchema.parse(input),
    folder: '/',
    file: '/reops.config.ts',
  })
  const closet = config({
    hosts: { foo: { address: '10.0.0.5' }, bar: {} },
    groups: { closet: ['foo', 'bar'], web: { defaults: { user: 'www' }, hosts: [{ name: 'web1' }] } },
    defaults: { user: 'ops' },
  })
  const find = (target: string, flags: Args['flags'] = {}) =>
    resolveTargets(closet, target, { flags, words: [], rest: undefined })

  test('may be a group, a host or several of them, each once', () => {
    expect(find('closet,foo,web').on.hosts).toEqual([
      { name: 'foo' },
      { name: 'bar' },
      { name: 'web1', user: 'www' },
    ])
    expect(find('all').on.hosts).toEqual([{ name: 'foo' }, { name: 'bar' }])
  })

  test('takes what all hosts share for a host that the configuration does not know', () => {
    expect(find('10.0.0.9').on.hosts).toEqual([{ name: '10.0.0.9', user: 'ops' }])
  })

  test('is reached as the flags say, whatever else was said', () => {
    expect(find('web,a@foo', { user: 'root', port: '2222', jump: 'gate,inner', key: 'k' }).on.hosts).toEqual([
      { name: 'web1', user: 'root', port: 2222, jump: ['gate', 'inner'], key: 'k' },
      { name: 'foo', user: 'root', port: 2222, jump: ['gate', 'inner'], key: 'k' },
    ])
  })

  test('is narrowed by --hosts', () => {
    expect(find('closet', { hosts: 'bar' }).on.hosts).toEqual([{ name: 'bar' }])
    expect(() => find('closet', { hosts: 'baz' })).toThrow('--hosts baz is not in closet; there are foo, bar')
  })

  test('calls several ports of one address by their ports', () => {
    expect(find('127.0.0.1:1,127.0.0.1:2').on.hosts).toEqual([
      { name: '127.0.0.1:1', address: '127.0.0.1', port: 1, user: 'ops' },
      { name: '127.0.0.1:2', address: '127.0.0.1', port: 2, user: 'ops' },
    ])
    expect(() => find('foo,x@foo')).toThrow('foo is named twice')
  })

  test('that looks like a mistyped group is said to', () => {
    expect(find('clsoet').hints).toEqual([expect.stringContaining('did you mean closet?')])
    expect(find('closet,10.0.0.1').hints).toEqual([])
  })

  test.each(['foo;reboot', '$(id)', '-oProxyCommand=x', 'a b', '`id`'])(
    '%s is refused by its name',
    target => {
      expect(() => find(target)).toThrow(target)
    },
  )
})
