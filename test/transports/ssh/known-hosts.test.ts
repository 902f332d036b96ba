import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { judge, knownTypes } from '../../../src/transports/ssh/known-hosts/judge.ts'
import { fingerprint, parseKnownHosts } from '../../../src/transports/ssh/known-hosts/parse.ts'
import { openKnownHosts } from '../../../src/transports/ssh/known-hosts/store.ts'
import { troubleOf } from './reach.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'reops-known-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function key(type = 'ssh-ed25519'): Buffer {
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])
  return Buffer.concat([field(Buffer.from(type)), field(randomBytes(32))])
}
const line = (names: string, blob: Buffer, type = 'ssh-ed25519') =>
  `${names} ${type} ${blob.toString('base64')}`
function hashed(name: string): string {
  const salt = randomBytes(20)
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}
const about = (name: string, strict = false) => ({ host: 'foo', name, strict, ownFile: '/own' })
const verdict = (text: string, shown: Buffer, name: string, strict = false) =>
  judge(parseKnownHosts(text, '/known'), shown, about(name, strict))

describe('known_hosts', () => {
  const [mine, other] = [key(), key()]

  test.each([
    ['a plain name', line('foo', mine), 'foo'],
    ['one of several', line('foo,10.0.0.1', mine), '10.0.0.1'],
    ['a port of its own', line('[foo]:2222', mine), '[foo]:2222'],
    ['a wildcard', line('*.closet', mine), 'a.closet'],
    ['a hashed name', line(hashed('foo'), mine), 'foo'],
    ['a hashed name with a port', line(hashed('[foo]:2222'), mine), '[foo]:2222'],
    ['upper case', line('foo', mine), 'FOO'],
    ['a comment behind the key', `${line('foo', mine)} root@foo`, 'foo'],
  ])('knows a host by %s', (_, text, name) => {
    expect(verdict(text, mine, name).verdict).toBe('known')
    expect(verdict(text, other, name).verdict).toBe('refused')
  })

  test('does not know a host that a negation rules out, nor one on another port', () => {
    expect(verdict(line('*.closet,!a.closet', mine), other, 'a.closet').verdict).toBe('new')
    expect(verdict(line('foo', mine), other, '[foo]:2222').verdict).toBe('new')
  })

  test('a changed key is refused with both fingerprints, the file and the line', () => {
    const judged = verdict(`# a comment\n${line('foo', mine)}`, other, 'foo')
    if (judged.verdict !== 'refused') throw new Error(judged.verdict)
    expect(judged.trouble.code).toBe('host-key')
    expect(judged.trouble.detail).toEqual({
      name: 'foo',
      expected: fingerprint(mine),
      received: fingerprint(other),
      file: '/known',
      line: 2,
    })
    expect(judged.trouble.message).toContain('ssh-keygen -R')
  })

  test('a key of another type is no first contact either', () => {
    expect(verdict(line('foo', mine), key('ssh-rsa'), 'foo').verdict).toBe('refused')
  })

  test('any of several keys will do', () => {
    const rsa = key('ssh-rsa')
    const text = `${line('foo', rsa, 'ssh-rsa')}\n${line('foo', mine)}`
    expect(verdict(text, mine, 'foo').verdict).toBe('known')
    expect(knownTypes(parseKnownHosts(text, '/known'), 'foo')).toEqual(['ssh-rsa', 'ssh-ed25519'])
  })

  test('a revoked key is refused even where another line knows it', () => {
    const judged = verdict(`${line('foo', mine)}\n@revoked ${line('*', mine)}`, mine, 'foo')
    expect(judged).toMatchObject({
      verdict: 'refused',
      trouble: { code: 'host-key', detail: { revoked: true, line: 2 } },
    })
  })

  test('a certificate authority vouches for nobody, and strict says why', () => {
    const text = `@cert-authority ${line('*', mine)}`
    expect(verdict(text, mine, 'foo').verdict).toBe('new')
    expect(verdict(text, mine, 'foo', true)).toMatchObject({
      verdict: 'refused',
      trouble: { message: expect.stringContaining('certificate authority') },
    })
  })

  test('lines that are no entries let nobody in', () => {
    for (const text of [
      'foo',
      'foo ssh-ed25519',
      'foo ssh-ed25519 ????',
      '@strange foo ssh-ed25519 AAAA',
      '\0\0',
      '|1|x foo AAAA',
      '|9|a|b ssh-ed25519 AAAA',
    ]) {
      expect(verdict(text, mine, 'foo').verdict).toBe('new')
    }
  })
})

describe('first contacts', () => {
  test('in parallel leave one whole line each, in a file that only its owner reads', async () => {
    const file = path.join(folder, 'new', 'parallel')
    const keys = Array.from({ length: 64 }, () => key())
    // Two stores stand for two processes: what they share is the lock file.
    const stores = [openKnownHosts(file), openKnownHosts(file)]
    await Promise.all(keys.map((blob, index) => stores[index % 2]?.record([], blob, about(`host${index}`))))
    const entries = parseKnownHosts(readFileSync(file, 'utf8'), file)
    expect(entries.map(entry => entry.names[0]).toSorted()).toEqual(
      keys.map((_, index) => `host${index}`).toSorted(),
    )
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('of one host at once are recorded once, and a second key for it is refused', async () => {
    const file = path.join(folder, 'once')
    const store = openKnownHosts(file)
    const blob = key()
    const added = await Promise.all(Array.from({ length: 8 }, () => store.record([], blob, about('foo'))))
    expect(added.filter(Boolean)).toHaveLength(1)
    expect((await troubleOf(store.record([], key(), about('foo')))).code).toBe('host-key')
  })

  test('do not run into a last line that somebody left open', async () => {
    const file = path.join(folder, 'open')
    writeFileSync(file, line('bar', key()))
    await openKnownHosts(file).record([], key(), about('foo'))
    expect(parseKnownHosts(readFileSync(file, 'utf8'), file)).toHaveLength(2)
  })

  test('pass a lock that a dead process left', async () => {
    const file = path.join(folder, 'stale')
    writeFileSync(`${file}.lock`, '')
    utimesSync(`${file}.lock`, new Date(0), new Date(0))
    expect(await openKnownHosts(file).record([], key(), about('foo'))).toBe(true)
  })

  test('that can not be written are refused, and the message names the file', async () => {
    const trouble = await troubleOf(openKnownHosts('/dev/null/known_hosts').record([], key(), about('foo')))
    expect(trouble.code).toBe('host-key')
    expect(trouble.message).toContain('/dev/null/known_hosts')
  })
})
