import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { StoreClosed } from '../../../src/core/execution-errors.ts'
import {
  DatabaseBusy,
  DatabaseForeign,
  DatabaseNewer,
  DatabaseReadOnly,
  DatabaseUnavailable,
} from '../../../src/state/sqlite/index.ts'
import { withoutWarning } from '../../../src/state/sqlite/load.ts'
import { useFolder } from './folder.ts'

const { fresh, open } = useFolder()
const pragma = (database: { prepare: DatabaseSync['prepare'] }, name: string) =>
  Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]

describe('a new database', () => {
  test('is for its owner alone, with its folder and what lies beside it', () => {
    const file = fresh()
    open(file)
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700)
    expect(readdirSync(path.dirname(file)).sort()).toEqual(['state.db', 'state.db-shm', 'state.db-wal'])
    for (const part of ['', '-wal', '-shm']) expect(statSync(file + part).mode & 0o777).toBe(0o600)
  })

  test('takes rights from others that a copy may have given, and leaves a folder that was there', () => {
    const file = fresh()
    mkdirSync(path.dirname(file), { mode: 0o755 })
    writeFileSync(file, '', { mode: 0o644 })
    open(file)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o755)
  })

  test('waits for the disk at every commit, unless told otherwise', () => {
    const file = fresh()
    expect(pragma(open(file, { fsync: true }), 'synchronous')).toBe(2)
    expect(pragma(open(file, { fsync: false }), 'synchronous')).toBe(1)
    const database = open(file)
    expect(pragma(database, 'journal_mode')).toBe('wal')
    expect(pragma(database, 'foreign_keys')).toBe(1)
    expect(pragma(database, 'busy_timeout')).toBe(5000)
  })

  test('is opened without a word on standard error', async () => {
    const program = `
      const { openDatabase } = await import(${JSON.stringify(path.resolve('src/state/sqlite/index.ts'))})
      openDatabase(${JSON.stringify(fresh())}).close()`
    const arguments_ = ['--input-type=module', '-e', program]
    expect(await promisify(execFile)(process.execPath, arguments_)).toEqual({ stdout: '', stderr: '' })
  })
})

test('only the warning that is meant is kept quiet', () => {
  const heard: string[] = []
  const emit = vi
    .spyOn(process, 'emitWarning')
    .mockImplementation(warning => void heard.push(String(warning)))
  const answer = withoutWarning(/SQLite is an experimental feature/, () => {
    process.emitWarning('SQLite is an experimental feature and might change', 'ExperimentalWarning')
    process.emitWarning('something else')
    return 3
  })
  process.emitWarning('SQLite is an experimental feature, said later')
  emit.mockRestore()
  expect(answer).toBe(3)
  expect(heard).toEqual(['something else', 'SQLite is an experimental feature, said later'])
})

test('a path that leads nowhere is refused with a word about the disk', () => {
  const file = fresh()
  open(file)
  expect(() => open(path.join(file, 'state.db'))).toThrow(DatabaseUnavailable)
  expect(() => open(path.dirname(file))).toThrow(DatabaseUnavailable)
})

describe('versions', () => {
  const one = 'CREATE TABLE a (x); INSERT INTO a VALUES (1)'
  const two = 'ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1'

  test('are gone through in order, from wherever a database is', () => {
    const file = fresh()
    open(file, { migrations: [one] }).close()
    const later = open(file, { migrations: [one, two, 'CREATE TABLE b (x)'] })
    expect(later.prepare('SELECT * FROM a').all()).toEqual([{ x: 1, y: 2 }])
    expect(pragma(later, 'user_version')).toBe(3)
    later.close()
    expect(open(file, { migrations: [one, two, 'CREATE TABLE b (x)'] }).setAside).toBeUndefined()
  })

  test('that fail leave the database as it was', () => {
    const file = fresh()
    open(file, { migrations: [one] }).close()
    expect(() => open(file, { migrations: [one, two, 'CREATE TABEL b (x)'] })).toThrow(/TABEL/)
    const before = open(file, { migrations: [one] })
    expect(before.prepare('SELECT * FROM a').all()).toEqual([{ x: 1 }])
    expect(pragma(before, 'user_version')).toBe(1)
  })

  test('that are newer than this program are refused and not touched', () => {
    const file = fresh()
    open(file, { migrations: [one, two] }).close()
    const before = statSync(file).mtimeMs
    expect(() => open(file, { migrations: [one] })).toThrow(DatabaseNewer)
    expect(() => open(file, { migrations: [one] })).toThrow(
      /is of version 2, and this program knows versions up to 1: update Re-ops/,
    )
    expect(statSync(file).mtimeMs).toBe(before)
    expect(readdirSync(path.dirname(file))).toEqual(['state.db'])
  })

  test('are those of our own databases: another program’s is refused', () => {
    const file = fresh()
    mkdirSync(path.dirname(file))
    const other = new DatabaseSync(file)
    other.exec('CREATE TABLE theirs (x)')
    other.close()
    expect(() => open(file)).toThrow(DatabaseForeign)
    expect(readdirSync(path.dirname(file))).toEqual(['state.db'])
  })
})

describe('writes', () => {
  const table = ['CREATE TABLE a (x INTEGER PRIMARY KEY)']

  test('of one turn are one transaction, and answered after it', async () => {
    const database = open(fresh(), { migrations: table })
    const insert = database.prepare('INSERT INTO a VALUES (?)')
    const seen: unknown[] = []
    const count = () => database.prepare('SELECT count(*) AS count FROM a').get()?.count
    database.gather(() => insert.run(1))
    const both = [database.write(() => insert.run(2)), database.write(() => seen.push(count()))]
    expect(database.idle).toBe(false)
    expect(count()).toBe(0)
    await Promise.all(both)
    expect(database.idle).toBe(true)
    expect([...seen, count()]).toEqual([2, 2])
  })

  test('fail together when one has an error that is no refusal, and what was gathered stays', async () => {
    const database = open(fresh(), { migrations: table })
    const insert = database.prepare('INSERT INTO a VALUES (?)')
    database.gather(() => insert.run(1))
    const wrong = database.write(() => {
      insert.run(2)
      throw new TypeError('a mistake')
    })
    const beside = database.write(() => insert.run(3))
    await expect(wrong).rejects.toThrow(TypeError)
    await expect(beside).rejects.toThrow('a mistake')
    await database.write(() => insert.run(4))
    expect(database.prepare('SELECT x FROM a').all()).toEqual([{ x: 1 }, { x: 4 }])
  })

  test('that wait when the database is closed are done, and later ones are refused', async () => {
    const file = fresh()
    const database = open(file, { migrations: table })
    const insert = database.prepare('INSERT INTO a VALUES (?)')
    const last = database.write(() => insert.run(1))
    database.close()
    database.close()
    await last
    await expect(database.write(() => insert.run(2))).rejects.toThrow(StoreClosed)
    expect(open(file, { migrations: table }).prepare('SELECT x FROM a').all()).toEqual([{ x: 1 }])
  })

  test('are refused where only reading is allowed, until it is', async () => {
    const database = open(fresh(), { migrations: table })
    const insert = database.prepare('INSERT INTO a VALUES (?)')
    database.gather(() => insert.run(1))
    database.prepare('PRAGMA query_only = 1').run()
    const refused = database.write(() => insert.run(2))
    await expect(refused).rejects.toThrow(DatabaseReadOnly)
    await expect(refused).rejects.toThrow(/give this user the right to write it/)
    database.prepare('PRAGMA query_only = 0').run()
    await database.write(() => insert.run(3))
    expect(database.prepare('SELECT x FROM a').all()).toEqual([{ x: 1 }, { x: 3 }])
  })

  test('wait for another process’s transaction for a bounded time', async () => {
    const file = fresh()
    const database = open(file, { migrations: table, busyMs: 20 })
    const other = open(file, { migrations: table })
    other.prepare('BEGIN IMMEDIATE').run()
    const refused = database.write(() => {})
    await expect(refused).rejects.toThrow(DatabaseBusy)
    await expect(refused).rejects.toMatchObject({ retryable: true })
    other.prepare('COMMIT').run()
    await database.write(() => {})
  })
})
