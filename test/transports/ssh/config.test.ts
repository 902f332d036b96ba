import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { InvalidConfig } from '../../../src/core/errors.ts'
import type { Host } from '../../../src/core/hosts.ts'
import { readConfigFile } from '../../../src/transports/ssh/config/file.ts'
import { readOptions, type SshOptions } from '../../../src/transports/ssh/options.ts'
import { resolveTarget } from '../../../src/transports/ssh/target.ts'

const home = mkdtempSync(path.join(os.tmpdir(), 'reops-config-'))
const folder = path.join(home, '.ssh')
mkdirSync(path.join(folder, 'more'), { recursive: true })
afterAll(() => rmSync(home, { recursive: true, force: true }))
const file = path.join(folder, 'config')

function resolve(text: string, host: string | Host, options: Partial<SshOptions> = {}) {
  writeFileSync(file, text)
  const settings = readOptions({ stateFolder: path.join(home, 'state'), home, agent: false, ...options })
  return resolveTarget(typeof host === 'string' ? { name: host } : host, settings, readConfigFile(file, home))
}

describe('the ssh configuration', () => {
  test('gives what a host needs, with tokens expanded', () => {
    const target = resolve(
      `Host foo
         HostName %h.closet.example
         User ops
         Port 2222
         IdentityFile ~/.ssh/%r-%n
         IdentityFile "%d/a key"
         IdentitiesOnly yes
         HostKeyAlias foo-alias
         UserKnownHostsFile ~/.ssh/known_%h
         StrictHostKeyChecking yes
         ConnectTimeout 3
         ServerAliveInterval 7`,
      'foo',
    )
    expect(target).toMatchObject({
      address: 'foo.closet.example',
      user: 'ops',
      port: 2222,
      keys: [
        { path: path.join(folder, 'ops-foo'), named: true },
        { path: path.join(home, 'a key'), named: true },
      ],
      onlyKeys: true,
      hostKeyName: 'foo-alias',
      strict: true,
      connectTimeout: 3_000,
      keepaliveInterval: 7_000,
    })
    expect(target.knownHostsFiles[0]).toBe(path.join(folder, 'known_foo.closet.example'))
  })

  test('loses against our own configuration, which loses against the host itself', () => {
    const text = 'Host *\n User from-ssh\n Port 1\n HostName from.ssh'
    const hosts = { foo: { user: 'from-ours', port: 2 } }
    expect(resolve(text, 'foo', { hosts })).toMatchObject({ user: 'from-ours', port: 2, address: 'from.ssh' })
    expect(resolve(text, { name: 'foo', user: 'from-host' }, { hosts })).toMatchObject({
      user: 'from-host',
      port: 2,
    })
  })

  test('first match wins, negations count, and Match never executes anything', () => {
    const text = `Match exec "touch ${home}/executed"
  User executed
Match !exec "true"
  User executed
Host * !web*
  User ops
Match host db* user ops
  Port 4
Match all
  User last
  Port 5`
    expect(resolve(text, 'db1')).toMatchObject({ user: 'ops', port: 4 })
    expect(resolve(text, 'web1')).toMatchObject({ user: 'last', port: 5 })
  })

  test('includes other files, under the condition of the section they are in', () => {
    writeFileSync(path.join(folder, 'more', '10'), 'Host foo\n Port 10\n')
    writeFileSync(path.join(folder, 'more', '20'), 'User included\nPort 20\n')
    const text = 'Host foo bar\n Include more/*\nHost *\n Port 30'
    expect(resolve(text, 'foo')).toMatchObject({ port: 10, user: 'included' })
    expect(resolve(text, 'bar')).toMatchObject({ port: 20 })
    expect(resolve(text, 'other')).toMatchObject({ port: 30 })
  })

  test.each([
    ['an open quote', 'Host foo\n User "ops\n', 'open quote'],
    ['a port that is none', 'Host *\n Port many\n', 'port'],
    ['a token that we do not have', 'Host *\n HostName %q\n', '%q'],
    ['a file that includes itself', `Include ${file}\n`, 'includes itself'],
  ])('with %s is refused by name', (_, text, words) => {
    expect(() => resolve(text, 'foo')).toThrow(InvalidConfig)
    expect(() => resolve(text, 'foo')).toThrow(words)
  })

  test('that is not there says nothing; that can not be read is refused', () => {
    expect(readConfigFile(path.join(folder, 'absent'), home)).toEqual([])
    expect(() => readConfigFile(folder, home)).toThrow(InvalidConfig)
  })

  test('with a ProxyCommand is honest about it', () => {
    expect(() => resolve('Host foo\n ProxyCommand nc %h %p', 'foo')).toThrow('use ProxyJump')
    expect(resolve('Host foo\n ProxyJump bar\n ProxyCommand nc', 'foo').jump?.host).toBe('bar')
  })
})

describe('what all hosts share', () => {
  const defaults = { user: 'from-defaults', port: 3, jump: ['gate'] }

  test('wins over the ssh configuration and loses against anything nearer', () => {
    const text = 'Host *\n User from-ssh\n Port 1'
    const hosts = { foo: { port: 2 } }
    expect(resolve(text, 'foo', { hosts, defaults })).toMatchObject({ user: 'from-defaults', port: 2 })
    expect(resolve(text, 'stranger', { hosts, defaults })).toMatchObject({ user: 'from-defaults', port: 3 })
  })

  test('leads everyone through a jump host, and that one not through itself', () => {
    expect(resolve('', 'foo', { defaults }).jump).toMatchObject({ host: 'gate', port: 3, jump: undefined })
  })
})

describe('jump hosts', () => {
  test('form a chain, nearest to us first', () => {
    const target = resolve('Host a\n User anna\nHost b\n Port 22022', { name: 'c', jump: ['a', 'b'] })
    expect(target).toMatchObject({
      host: 'c',
      jump: { host: 'b', port: 22_022, jump: { host: 'a', user: 'anna', jump: undefined } },
    })
  })

  test('are written as ssh -J takes them', () => {
    const { jump } = resolve('Host c\n ProxyJump anna@a:2222,ssh://[fe80::1]:33', 'c')
    expect(jump).toMatchObject({
      address: 'fe80::1',
      port: 33,
      jump: { host: 'a', user: 'anna', port: 2222 },
    })
  })

  test('in a circle are refused', () => {
    expect(() => resolve('Host a\n ProxyJump b\nHost b\n ProxyJump a', 'a')).toThrow('a → b → a')
    expect(() => resolve('Host *\n ProxyJump bastion', 'foo')).toThrow('circle')
  })

  test('that are no hosts are refused', () => {
    expect(() => resolve('Host a\n ProxyJump $(id)', 'a')).toThrow('jump path')
  })
})

describe('keys', () => {
  test('a name is looked up in the options, and everything with a slash is a path', () => {
    const options = { keys: { closet: '~/keys/closet' } }
    expect(resolve('', { name: 'foo', key: 'closet' }, options)).toMatchObject({
      keys: [{ path: path.join(home, 'keys/closet') }],
      onlyKeys: true,
    })
    expect(resolve('', { name: 'foo', key: '~/.ssh/x' }, options).keys[0]?.path).toBe(path.join(folder, 'x'))
  })

  test("a name that nobody knows is this host's trouble, and says which there are", () => {
    expect(() => resolve('', { name: 'foo', key: 'nope' }, { keys: { closet: '/k' } })).toThrow('closet')
  })
})

test('options that nobody knows are refused by name', () => {
  expect(() => readOptions({ stateFolder: '/s', timeOut: 5 } as never)).toThrow(InvalidConfig)
  expect(() => readOptions({ stateFolder: '/s', timeOut: 5 } as never)).toThrow('timeOut')
  expect(() => readOptions({ stateFolder: '/s', connectTimeout: -1 })).toThrow('connectTimeout')
})
