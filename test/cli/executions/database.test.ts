import { readdir, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../../../src/state/sqlite/database.ts'
import { call, project } from '../harness.ts'
import { openProject, seed } from './seed.ts'

test('a database of a newer version is refused in its own words', async () => {
  const folder = await project()
  const migrations = Array.from({ length: 9 }, (_one, index) => `CREATE TABLE t${index} (a)`)
  openDatabase(path.join(folder, '.reops/reops.db'), { migrations }).close()
  const { status, stdout, stderr } = await call(folder, ['executions'])
  expect(stderr).toMatch(
    /^reops: .*reops\.db is of version 9, and this program knows versions up to \d+: update/,
  )
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
})

test('a damaged database is set aside, and the command says so', async () => {
  const folder = await project()
  const file = path.join(folder, '.reops/reops.db')
  openDatabase(file).close()
  await truncate(file, 0)
  await writeFile(file, 'no database at all, whatever its name says'.repeat(200))
  const { status, stdout, stderr } = await call(folder, ['executions'])
  expect(stderr).toMatch(/^reops: .*reops\.db was damaged \(.*\) and is now .*; a new database has begun/)
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: 'no executions yet; reops run <flow> begins one\n',
  })
  expect(await readdir(path.dirname(file))).toContainEqual(expect.stringMatching(/^reops\.db\.damaged-/))
})

test('one name in two flows is told apart by ARNs', async () => {
  const folder = await project()
  const store = openProject(folder)
  await seed(store, 'nightly', { flow: 'backup' })
  const { id } = await seed(store, 'nightly', { flow: 'listing' })
  const { status, stderr } = await call(folder, ['show', 'nightly'])
  expect(stderr).toContain('"nightly" may be any of arn:')
  expect(stderr).toContain(id)
  expect(status).toBe(2)
  expect((await call(folder, ['show', id])).stdout).toContain('flow     listing')
})
