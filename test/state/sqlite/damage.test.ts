import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'
import { DatabaseDamaged, openExecutionStore, type SetAside } from '../../../src/state/sqlite/index.ts'
import { startOf } from '../executions.ts'
import { useFolder } from './folder.ts'

const { fresh, open } = useFolder()
const filesIn = (file: string) => readdirSync(path.dirname(file)).sort()

/** A closed database with enough in it that its middle is worth damaging. */
async function filled(file: string): Promise<void> {
  const database = open(file)
  const store = openExecutionStore(database)
  const input = 'x'.repeat(2000)
  const names = Array.from({ length: 40 }, (_, index) => `e${index}`)
  await Promise.all(names.map(name => store.start(startOf(name, { input }), 'me', 500)))
  database.close()
}

function overwrite(file: string, at: number, length: number): void {
  const handle = openSync(file, 'r+')
  writeSync(handle, Buffer.alloc(length, 0xa5), 0, length, at)
  closeSync(handle)
}

test.each([
  ['is no database at all', (file: string) => writeFileSync(file, 'Dear diary, '.repeat(1000))],
  ['has lost its header', (file: string) => overwrite(file, 0, 100)],
  ['has lost pages in its middle', (file: string) => overwrite(file, 4096 * 2, 4096 * 8)],
  ['was cut off', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 4096 * 5 + 17))],
])('a file that %s is set aside as it is, and this is said', async (_, damage) => {
  const file = fresh()
  await filled(file)
  damage(file)
  const bytes = readFileSync(file)
  const heard: SetAside[] = []
  const database = open(file, { onSetAside: aside => heard.push(aside) })
  expect(heard).toEqual([database.setAside])
  const { movedTo, message, reason } = database.setAside!
  expect(path.basename(movedTo)).toMatch(/^state\.db\.damaged-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d/)
  expect(readFileSync(movedTo)).toEqual(bytes)
  expect(statSync(movedTo).mode & 0o077).toBe(0)
  expect(message).toContain(movedTo)
  expect(message).toContain(reason)
  expect(openExecutionStore(database).list({})).toEqual([])
  database.close()
  expect(open(file).setAside).toBeUndefined()
})

test('whoever gives no ear gets a warning of the process', async () => {
  const file = fresh()
  mkdirSync(path.dirname(file))
  writeFileSync(file, 'no database'.repeat(100))
  const warned = once(process, 'warning')
  const { movedTo } = open(file).setAside!
  expect((await warned)[0]).toMatchObject({ name: 'DatabaseSetAside' })
  expect(existsSync(movedTo)).toBe(true)
})

test.each([
  ['is gone', (file: string) => rmSync(file)],
  ['is empty', (file: string) => writeFileSync(file, '')],
])('a log whose database %s is set aside and not thrown away', async (_, lose) => {
  const file = fresh()
  await filled(file)
  lose(file)
  const log = Buffer.from('what the log held')
  writeFileSync(`${file}-wal`, log)
  const database = open(file, { onSetAside: () => {} })
  expect(readFileSync(`${database.setAside!.movedTo}-wal`)).toEqual(log)
})

test('whoever only looks need not have all of it read, and still learns of a file that is no database', async () => {
  const file = fresh()
  await filled(file)
  overwrite(file, statSync(file).size - 4096 * 4, 4096 * 4)
  expect(open(file, { check: false }).setAside).toBeUndefined()
  overwrite(file, 0, 100)
  expect(open(file, { check: false, onSetAside: () => {} }).setAside).toBeDefined()
})

test('an empty file is a new database: the first opening may have been cut short', () => {
  const file = fresh()
  mkdirSync(path.dirname(file))
  writeFileSync(file, '')
  expect(open(file).setAside).toBeUndefined()
})

test('nothing is moved away under another connection', async () => {
  const file = fresh()
  await filled(file)
  const using = open(file)
  overwrite(file, 4096 * 2, 4096 * 8)
  const before = filesIn(file).filter(name => !name.endsWith('-guard'))
  expect(() => open(file)).toThrow(DatabaseDamaged)
  expect(() => open(file)).toThrow(/another process has it open: end that process and start again/)
  expect(filesIn(file).filter(name => !name.endsWith('-guard'))).toEqual(before)
  using.close()
  expect(open(file, { onSetAside: () => {} }).setAside).toBeDefined()
})

test('damage that is met while it is open is a typed error that says what to do', async () => {
  const file = fresh()
  await filled(file)
  const database = open(file)
  const store = openExecutionStore(database)
  database.prepare('PRAGMA shrink_memory').run()
  overwrite(file, 4096 * 2, statSync(file).size - 4096 * 2)
  expect(() => store.list({})).toThrow(DatabaseDamaged)
  expect(() => store.list({})).toThrow(/end what uses it and start again/)
})
