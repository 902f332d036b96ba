import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  KeyFileTrouble,
  keepKeyFile,
  readKeyFile,
  writeKeyFile,
} from '../../../src/transports/zeromq/key-file.ts'
import { makeKeyPair } from '../../../src/transports/zeromq/keys.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reops-keys-'))
  file = path.join(folder, 'bridge', 'client.key')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a pair is read as it was written, by its owner alone', async () => {
  const pair = makeKeyPair()
  writeKeyFile(file, pair)
  expect(readKeyFile(file)).toEqual(pair)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700)
  expect(await readdir(path.dirname(file))).toEqual(['client.key'])
})

test('a file that is there stays, unless it is to be replaced', async () => {
  const [first, second] = [makeKeyPair(), makeKeyPair()]
  writeKeyFile(file, first)
  expect(() => writeKeyFile(file, second)).toThrow(/is there already and was left as it is/)
  expect(readKeyFile(file)).toEqual(first)
  writeKeyFile(file, second, true)
  expect(readKeyFile(file)).toEqual(second)
  expect(await readdir(path.dirname(file))).toEqual(['client.key'])
})

test.each([0o640, 0o604, 0o620, 0o644])('mode %o is refused with what to do', async mode => {
  writeKeyFile(file, makeKeyPair())
  await chmod(file, mode)
  expect(() => readKeyFile(file)).toThrow(`chmod 600 ${file}`)
})

test('what holds no pair is refused without being repeated', async () => {
  const [one, other] = [makeKeyPair(), makeKeyPair()]
  writeKeyFile(file, one)
  const texts = [
    '',
    'secret words',
    JSON.stringify({ ...one, secretKey: 'secret words' }),
    JSON.stringify({ ...one, more: 1 }),
    JSON.stringify({ publicKey: one.publicKey, secretKey: other.secretKey }),
  ]
  for (const text of texts) {
    await writeFile(file, text)
    const read = () => readKeyFile(file)
    expect(read).toThrow(KeyFileTrouble)
    expect(read).not.toThrow(/secret words/)
    expect(read).not.toThrow(other.secretKey)
  }
})

test('a missing file says how one is made', () => {
  expect(() => readKeyFile(file)).toThrow(/reops keys show client/)
})

test('a pair is made once and kept', async () => {
  const made = keepKeyFile(file)
  expect(made.made).toBe(true)
  expect(keepKeyFile(file)).toEqual({ ...made, made: false })
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    publicKey: made.publicKey,
    secretKey: made.secretKey,
  })
})
