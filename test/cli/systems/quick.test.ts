import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase, openSystemStore } from '../../../src/state/sqlite/index.ts'
import { idOf, systemOf } from '../../state/systems.ts'
import { makeProject } from '../harness.ts'
import { reops } from '../real.ts'

/** Says on stderr which modules are loaded. */
const log = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({
    load(url, context, next) {
      process.stderr.write('loads ' + url + '\\n')
      return next(url, context)
    },
  })
`)}`

/** What a list has no use for: schemas and everything that works on hosts. */
const heavy =
  /\/node_modules\/|reops\.config\.ts|\/src\/(?:compile|executor|providers|transports|index\.ts|operations\/(?!output\/format\/))/

describe('a list that is asked for again', () => {
  let folder: string
  beforeAll(async () => {
    folder = await makeProject({ 'reops.config.ts': configText('{ closet: ["web-1", "web-2"] }') })
    await fill(path.join(folder, '.reops'), 1, 2)
    // Nothing is remembered of files that were written a moment ago.
    await sleep(2_300)
    await list()
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const configText = (groups: string, more = '') => `import { defineConfig } from 're-ops/config'
export default defineConfig({ groups: ${groups}${more} })
`
  async function fill(state: string, ...numbers: readonly number[]) {
    const database = openDatabase(path.join(state, 'reops.db'), { fsync: false })
    const store = openSystemStore(database)
    for (const number of numbers) await store.add(systemOf(number), { by: 'test', at: 1 })
    await store.close()
    database.close()
  }
  async function list(...words: readonly string[]) {
    const { status, stdout, stderr } = await reops(['list', ...words], {
      cwd: folder,
      node: ['--import', log],
    })
    const loaded = stderr.split('\n').filter(line => line.startsWith('loads file:'))
    const said = stderr.replace(/^loads .*\n/gm, '')
    const names = stdout.trim().split('\n').slice(1)
    return {
      status,
      names: names.map(line => line.split(' ')[0]),
      said,
      heavy: loaded.filter(one => heavy.test(one)),
    }
  }

  test.each([
    [[], ['web-1', 'web-2']],
    [['stopped', 'not:web-1'], ['web-2']],
    [
      ['web-2', idOf(1)],
      ['web-2', 'web-1'],
    ],
    [['web-1', 'running'], []],
  ])('%j loads neither the configuration nor a schema', async (words, names) => {
    expect(await list(...words)).toEqual({ status: 0, names, said: '', heavy: [] })
  })

  test('by a group takes the long way, and so does a mistake', async () => {
    expect((await list('closet')).names).toEqual(['web-1', 'web-2'])
    const wrong = await list('web-3')
    expect(wrong.said).toContain('there is no system "web-3"; did you mean web-1?')
    expect(wrong.status).toBe(2)
  })

  test('says what can not be read', async () => {
    const database = openDatabase(path.join(folder, '.reops/reops.db'), { fsync: false })
    const change = (json: string) =>
      database.write(() => database.prepare('UPDATE systems SET system = ? WHERE id = ?').run(json, idOf(2)))
    const { system } = database.prepare('SELECT system FROM systems WHERE id = ?').get(idOf(2)) as {
      system: string
    }
    await change('{ "id": ')
    const { said, names } = await list()
    expect(said).toContain("what is kept of web-2 (sys-00000000000000000002) can't be read")
    expect(names).toEqual(['web-1'])
    await change(system)
    database.close()
    expect((await list()).names).toEqual(['web-1', 'web-2'])
  })

  test('follows a configuration that was changed', async () => {
    await fill(path.join(folder, 'elsewhere'), 9)
    await writeFile(path.join(folder, 'reops.config.ts'), configText('{}', ", state: 'elsewhere'"))
    expect((await list()).names).toEqual(['web-9'])
    expect((await list()).names).toEqual(['web-9'])
  })
})
