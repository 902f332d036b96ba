import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { configSchema } from '../../src/core/config.ts'
import { StoreClosed } from '../../src/core/execution-errors.ts'
import { openExecutions } from '../../src/run/open-executions.ts'
import { openSystems } from '../../src/run/open-systems.ts'
import { hasState, openOnDatabase } from '../../src/run/shared-database.ts'
import type { Database } from '../../src/state/sqlite/index.ts'
import { startOf } from '../state/executions.ts'
import { systemOf } from '../state/systems.ts'

async function project() {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-state-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return { config: configSchema.parse({}), folder, file: undefined }
}
const author = { by: 'create', at: 1 }
const nothing = async () => {}

test('stores that are opened at once share one database, which the last of them closes', async () => {
  const loaded = await project()
  const opened: Database[] = []
  const look = () =>
    openOnDatabase(loaded, undefined, database => {
      opened.push(database)
      return { close: nothing }
    })
  const [executions, systems, ...lookers] = await Promise.all([
    openExecutions(loaded),
    openSystems(loaded),
    look(),
    look(),
  ])
  expect(opened[0]).toBe(opened[1])
  await executions.start(startOf('nightly'), 'me', 500)
  await systems.add(systemOf(1), author)
  for (const looker of lookers) await looker.close()
  await executions.close()
  await executions.close()
  expect(await systems.list()).toHaveLength(1)
  await systems.close()
  // What SQLite keeps beside an open database is gone.
  expect(await readdir(path.join(loaded.folder, '.reops'))).toEqual(['reops.db'])
})

test('systems are kept without anything being executed, and found again', async () => {
  const loaded = await project()
  expect(hasState(loaded)).toBe(false)
  const first = await openSystems(loaded)
  await first.add(systemOf(1), author)
  await first.close()
  await expect(first.list()).rejects.toThrow(StoreClosed)
  expect(hasState(loaded)).toBe(true)
  const again = await openSystems(loaded)
  expect(await again.list()).toHaveLength(1)
  await again.close()
})

test('a store that can’t be opened leaves nothing open', async () => {
  const loaded = await project()
  const refused = openOnDatabase(loaded, undefined, (): { close(): Promise<void> } => {
    throw new Error('no such table')
  })
  await expect(refused).rejects.toThrow('no such table')
  expect(await readdir(path.join(loaded.folder, '.reops'))).toEqual(['reops.db'])
})

test('each state folder has its own', async () => {
  const [one, other] = await Promise.all([openSystems(await project()), openSystems(await project())])
  await one.add(systemOf(1), author)
  expect(await other.list()).toEqual([])
  await Promise.all([one.close(), other.close()])
})

test('whoever opens it hears of a system that can’t be read', async () => {
  const loaded = await project()
  const heard: string[] = []
  const store = await openSystems(loaded, text => heard.push(text))
  await store.add(systemOf(1), author)
  const spoiler = await openOnDatabase(loaded, undefined, database => {
    database.prepare("UPDATE systems SET system = ''").run()
    return { close: nothing }
  })
  expect(await store.list()).toEqual([])
  expect(heard).toEqual([expect.stringContaining("web-1 (sys-00000000000000000001) can't be read")])
  await spoiler.close()
  await store.close()
})
