import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { excluder } from '../../../onprem-bridge/agents/remote/patterns.ts'
import { never, openLab, troubleOf } from './lab.ts'

test('sync leaves a folder that stands in the way alone, unless it may delete', async () => {
  const lab = await openLab()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-sync-'))
  try {
    await lab.join('foo')
    const remote = await lab.remote('foo')
    await mkdir(path.join(folder, 'there/x'), { recursive: true })
    await writeFile(path.join(folder, 'there/x/precious'), '')
    await mkdir(path.join(folder, 'here'))
    await writeFile(path.join(folder, 'here/x'), '')
    const options = { signal: never, delete: false, exclude: [] }
    const trouble = await troubleOf(
      remote.sync(path.join(folder, 'here'), path.join(folder, 'there'), options),
    )
    expect(trouble).toMatchObject({ code: 'exception', message: expect.stringContaining('sync with delete') })
  } finally {
    await lab.close()
    await rm(folder, { recursive: true })
  }
})

test.each([
  ['a', 'x/a', true],
  ['a', 'ab', false],
  ['/a', 'a', true],
  ['/a', 'x/a', false],
  ['a/b', 'x/a/b', true],
  ['a/b', 'xa/b', false],
  ['*.[oa]', 'x.a', true],
  ['a.c', 'abc', false],
  ['a\\*', 'a*', true],
  ['a\\*', 'ab', false],
  ['x/***', 'x', true],
  ['[', '[', true],
  ['(a|b)+', 'ab', false],
  ['**/deep', 'x/y/deep', true],
])('the pattern %j against %j: %j', (pattern, file, excluded) => {
  expect(excluder([pattern])(file, false)).toBe(excluded)
})

test('a pattern with a slash at its end is for folders only', () => {
  expect([excluder(['a/'])('a', true), excluder(['a/'])('a', false)]).toEqual([true, false])
})
