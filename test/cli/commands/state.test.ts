import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { SystemStore } from '../../../src/core/systems/store.ts'
import {
  type Database,
  openDatabase,
  openExecutionStore,
  openSystemStore,
} from '../../../src/state/sqlite/index.ts'
import { startOf } from '../../state/executions.ts'
import { idOf, systemOf } from '../../state/systems.ts'
import { type CallOptions, call, project } from '../harness.ts'

const at = Date.parse('2026-01-02T03:04:05')
const author = { by: 'create', at }

interface Project {
  readonly folder: string
  readonly store: SystemStore
  readonly database: Database
  reops(words: readonly string[], options?: CallOptions): ReturnType<typeof call>
}

/** A project whose database is open beside the command, as a daemon has it. */
async function filled(fill: (store: SystemStore) => Promise<unknown> = async () => {}): Promise<Project> {
  const folder = await project()
  const database = openDatabase(`${folder}/.reops/reops.db`, { fsync: false })
  const store = openSystemStore(database)
  onTestFinished(async () => {
    await store.close()
    database.close()
  })
  await fill(store)
  return { folder, store, database, reops: (words, options) => call(folder, ['state', ...words], options) }
}

const two = async (store: SystemStore) => {
  await store.add(systemOf(1), author)
  await store.add(systemOf(2), author)
}
const exported = async (fill: (store: SystemStore) => Promise<unknown> = two) =>
  (await (await filled(fill)).reops(['export'])).stdout

describe('state export', () => {
  test('prints systems and histories as JSON', async () => {
    const { reops, store } = await filled(two)
    const { status, stdout, stderr } = await reops(['export'])
    const { exportedAt } = JSON.parse(stdout)
    expect(JSON.parse(stdout)).toEqual(await store.dump(exportedAt))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  test('writes a file for its owner alone, also over another one, and leaves nothing beside it', async () => {
    const { reops, folder, store } = await filled(two)
    await mkdir(path.join(folder, 'out'))
    const file = path.join(folder, 'out', 'systems.json')
    await writeFile(file, 'old', { mode: 0o644 })
    const { status, stdout, stderr } = await reops(['export', '--output', 'out/systems.json'])
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: '',
      stderr: '2 systems in out/systems.json\n',
    })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(file, 'utf8')).systems).toEqual(await store.list())
    expect(await readdir(path.dirname(file))).toEqual(['systems.json'])
  })

  test('where it can’t be written is refused with status 2', async () => {
    const { reops, folder } = await filled(two)
    await mkdir(path.join(folder, 'taken'))
    for (const output of ['nowhere/systems.json', 'taken']) {
      const { status, stderr } = await reops(['export', '--output', output])
      expect(stderr).toContain(`reops: --output ${output} can't be written: `)
      expect(status).toBe(2)
    }
    expect((await readdir(folder)).sort()).toEqual(['.reops', 'node_modules', 'taken'])
  })

  test('of nothing is one that can be taken in, and leaves no database behind', async () => {
    const folder = await project()
    const { status, stdout } = await call(folder, ['state', 'export'])
    expect(JSON.parse(stdout)).toMatchObject({
      format: 'reops-systems',
      version: 1,
      systems: [],
      history: [],
    })
    expect(status).toBe(0)
    expect(existsSync(path.join(folder, '.reops'))).toBe(false)
  })

  test('tells of a system that it has to leave out, with status 1', async () => {
    const { reops, database } = await filled(two)
    database.prepare("UPDATE systems SET system = '{}' WHERE hostname = 'web-1'").run()
    const { status, stdout, stderr } = await reops(['export'])
    expect(JSON.parse(stdout).systems).toHaveLength(1)
    expect(stderr).toMatch(/^reops: what is kept of web-1 \(sys-0+1\) can't be read: /)
    expect(status).toBe(1)
  })
})

describe('state import', () => {
  const other = async (store: SystemStore) => {
    await store.add(systemOf(2, { description: 'mine', state: 'running' }), author)
    await store.add(systemOf(3), author)
  }

  test('takes in what is new, and says what it keeps', async () => {
    const { reops, store, folder } = await filled(other)
    await writeFile(path.join(folder, 'systems.json'), await exported())
    const { status, stdout } = await reops(['import', 'systems.json'])
    expect(stdout).toBe(
      `added web-1 (${idOf(1)})\nkept web-2 (${idOf(2)}), which differs in description, state\n1 added, 0 replaced, 1 kept\n`,
    )
    expect(status).toBe(0)
    expect((await store.list()).map(({ hostname }) => hostname)).toEqual(['web-1', 'web-2', 'web-3'])
    expect(await store.get(idOf(2))).toMatchObject({ description: 'mine', revision: 1 })
  })

  test('replaces where it is told to, which the history tells', async () => {
    const { reops, store } = await filled(other)
    const { status, stdout } = await reops(['import', '-', '--replace', '--yes'], { stdin: await exported() })
    expect(stdout).toContain(`replaced web-2 (${idOf(2)}): description, state\n`)
    expect(status).toBe(0)
    expect(await store.get(idOf(2))).toMatchObject({ description: '', state: 'stopped', revision: 2 })
    expect((await store.history(idOf(2))).at(-1)).toMatchObject({ by: 'reops state import' })
  })

  test('does not replace without being told so by a person or by --yes', async () => {
    const { reops, store } = await filled(other)
    const before = await store.dump(1)
    const { status, stderr } = await reops(['import', '-', '--replace'], { stdin: await exported() })
    expect(stderr).toContain(
      'nobody is here to be asked whether to replace what is kept of web-2; --yes does it',
    )
    expect(status).toBe(2)
    expect(await store.dump(1)).toEqual(before)
  })

  test('of what is here already asks nobody', async () => {
    const { reops, store } = await filled(two)
    const before = await store.dump(1)
    const stdin = (await reops(['export'])).stdout
    const { status, stdout } = await reops(['import', '-', '--replace'], { stdin })
    expect(stdout).toContain(`kept web-1 (${idOf(1)}), which is the same\n`)
    expect(status).toBe(0)
    expect(await store.dump(1)).toEqual(before)
  })

  test('--dry-run only says what it would do', async () => {
    const { reops, store } = await filled(other)
    const before = await store.dump(1)
    const words = ['import', '-', '--replace', '--dry-run']
    const { status, stdout } = await reops(words, { stdin: await exported() })
    expect(stdout).toBe(
      `adds web-1 (${idOf(1)})\nreplaces web-2 (${idOf(2)}): description, state\nit would be 1 added, 1 replaced, 0 kept; nothing was done\n`,
    )
    expect(status).toBe(0)
    const { stdout: json } = await reops([...words, '--json'], { stdin: await exported() })
    expect(JSON.parse(json)).toEqual({
      ...{ dryRun: true, added: 1, replaced: 1, kept: 0 },
      systems: [
        { id: idOf(1), hostname: 'web-1', what: 'added', fields: [] },
        { id: idOf(2), hostname: 'web-2', what: 'replaced', fields: ['description', 'state'] },
      ],
    })
    expect(await store.dump(1)).toEqual(before)
  })

  test('--dry-run leaves no database behind, and the import makes one', async () => {
    const folder = await project()
    const stdin = await exported()
    const { stdout } = await call(folder, ['state', 'import', '-', '--dry-run'], { stdin })
    expect(stdout).toContain('it would be 2 added')
    expect(existsSync(path.join(folder, '.reops'))).toBe(false)
    await call(folder, ['state', 'import', '-'], { stdin })
    const again = (await call(folder, ['state', 'export'])).stdout
    expect({ ...JSON.parse(again), exportedAt: 0 }).toEqual({ ...JSON.parse(stdin), exportedAt: 0 })
  })

  test.each([
    ['is no JSON', 'systems:', 'stdin is not JSON: '],
    ['is no export', '{"format":"vagrant"}', 'format: expected "reops-systems" and found "vagrant"'],
    ['is of a newer version', '{"format":"reops-systems","version":2}', 'the export is of version 2'],
    ['lacks a field', '{"format":"reops-systems","version":1,"exportedAt":0,"systems":[]}', 'history: '],
    [
      'has a wrong field',
      JSON.stringify({
        ...{ format: 'reops-systems', version: 1, exportedAt: 0, history: [] },
        systems: [{ ...systemOf(1), ram: 'much\u001b[2J', revision: 1, createdAt: 0, updatedAt: 0 }],
      }),
      'systems.0.ram: ',
    ],
  ])('of what %s is refused with status 2, and changes nothing', async (_, stdin, said) => {
    const { reops, store } = await filled(two)
    const before = await store.dump(1)
    const { status, stdout, stderr } = await reops(['import', '-', '--replace', '--yes'], { stdin })
    expect(stderr).toContain(said)
    expect(stderr).not.toContain('\u001b[2J')
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(await store.dump(1)).toEqual(before)
  })

  test('of a hostname that is taken changes nothing', async () => {
    const { reops, store } = await filled(store => store.add(systemOf(9, { hostname: 'web-2' }), author))
    const { status, stderr } = await reops(['import', '-'], { stdin: await exported() })
    expect(stderr).toContain(`web-2 is the hostname of ${idOf(9)} already`)
    expect(status).toBe(1)
    expect(await store.list()).toHaveLength(1)
  })

  test('of a file that is not there is refused with status 2', async () => {
    const { reops } = await filled()
    const { status, stderr } = await reops(['import', 'systems.json'])
    expect(stderr).toContain("reops: systems.json can't be read: ")
    expect(status).toBe(2)
  })
})

describe('state history', () => {
  const eventful = async (store: SystemStore) => {
    await store.add(systemOf(1, { domain: 'closet.lan' }), author)
    await store.change(idOf(1), 1, { state: 'running', stage: 'a\u001b[2Jb' }, { by: 'start', at: at + 1000 })
  }

  test.each([['web-1'], ['web-1.closet.lan'], [idOf(1)]])(
    'says what became of %s, newest last',
    async word => {
      const { reops } = await filled(eventful)
      const { status, stdout } = await reops(['history', word])
      expect(stdout.split('\n').map(line => line.replaceAll(/ +/g, ' '))).toEqual([
        'when revision by what',
        '2026-01-02 03:04:05 1 created create hostname: web-1, domain: closet.lan, provider: kvm, node: big-iron, state: stopped',
        '2026-01-02 03:04:06 2 changed start state: stopped → running, stage: - → a␛[2Jb',
        '',
      ])
      expect(status).toBe(0)
    },
  )

  test('--json is one document', async () => {
    const { reops } = await filled(eventful)
    const { stdout } = await reops(['history', 'web-1', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ system: idOf(1), hostname: 'web-1' },
      history: [
        { at: new Date(at).toISOString(), revision: 1, by: 'create', kind: 'created', before: {} },
        { revision: 2, by: 'start', kind: 'changed', before: { state: 'stopped' } },
      ],
    })
  })

  test('of one that is gone goes by its id, and by its last hostname as long as that tells', async () => {
    const { reops } = await filled(async store => {
      await eventful(store)
      await store.change(idOf(1), 2, { hostname: 'renamed' }, author)
      await store.remove(idOf(1), 3, author)
    })
    for (const word of [idOf(1), 'renamed'])
      expect((await reops(['history', word])).stdout).toMatch(/^.* removed +create +hostname: renamed, /m)
    expect(await reops(['history', 'web-1'])).toMatchObject({ status: 2 })
  })

  test('of a name that several had asks for an id', async () => {
    const { reops } = await filled(async store => {
      for (const number of [1, 2]) {
        await store.add(systemOf(number, { hostname: 'web' }), author)
        await store.remove(idOf(number), 1, author)
      }
    })
    const { status, stderr } = await reops(['history', 'web'])
    expect(stderr).toContain(`several systems were called web: ${idOf(1)}, ${idOf(2)}; name one by its id`)
    expect(status).toBe(2)
  })

  test('of one that never was is refused, with the one that was probably meant', async () => {
    const { reops } = await filled(two)
    const { status, stderr } = await reops(['history', 'wbe-1'])
    expect(stderr).toBe('reops: there is and was no system "wbe-1"; did you mean web-1?\n')
    expect(status).toBe(2)
    const nothing = await call(await project(), ['state', 'history', 'web-1'])
    expect(nothing.stderr).toContain('no systems are kept here yet')
  })
})

test.each([
  [[], 'reops state needs one of export, import, history'],
  [['exprt'], 'there is no reops state "exprt"; did you mean reops state export?'],
  [['frobnicate'], 'there is no reops state "frobnicate"; see reops state --help'],
  [['import'], 'reops state import needs <file|->'],
  [['history'], 'reops state history needs <system>'],
  [['export', 'x.json'], 'reops state export does not know what to do with "x.json"'],
  [['export', '--replace'], 'reops state export has no flag --replace; reops state import has it'],
  [['history', 'x', '--output', 'y'], 'reops state history has no flag --output; reops state export has it'],
])('state %j is refused with status 2', async (words, said) => {
  const { status, stderr } = await call(await project(), ['state', ...words])
  expect(stderr).toContain(said)
  expect(status).toBe(2)
})

describe('state prune', () => {
  const day = 86_400_000
  const gone = async (store: SystemStore) => {
    await two(store)
    await store.remove(idOf(1), 1, { by: 'destroy', at: Date.now() - 10 * day })
  }
  /** With an execution that ended ten days ago, and its files. */
  const aged = async () => {
    const { folder, database, ...rest } = await filled(gone)
    const executions = openExecutionStore(database)
    const stoppedAt = Date.now() - 10 * day
    const started = await executions.start(startOf('nightly', { startedAt: stoppedAt - 1000 }), 'me', 500)
    if (started.kind !== 'started') throw new Error('it is new')
    await executions.finish(started.record.id, started.lease.fence, { status: 'SUCCEEDED', stoppedAt })
    const output = path.join(folder, '.reops', 'output')
    await mkdir(output)
    await writeFile(path.join(output, 'reops-abcdefghijkl.stdout'), 'x'.repeat(3000))
    await utimes(path.join(output, 'reops-abcdefghijkl.stdout'), stoppedAt / 1000, stoppedAt / 1000)
    return { folder, database, executions, output, ...rest }
  }

  test('says what it would forget, and forgets nothing on a dry run', async () => {
    const { reops, executions, output } = await aged()
    const { status, stdout } = await reops(['prune', '--older-than', '5d', '--dry-run'])
    expect(stdout).toBe(
      `what                                how many  size
executions                          1
histories of systems that are gone  1
data that was kept aside            0
output of commands                  1         3.0 kB
drafts of writers that crashed      0
this would go; nothing was done
`,
    )
    expect(status).toBe(0)
    expect(executions.list({})).toHaveLength(1)
    expect(await readdir(output)).toHaveLength(1)
  })

  test('forgets what is older than ninety days, or than it is told', async () => {
    const { reops, executions, output, store } = await aged()
    expect((await reops(['prune', '--yes'])).stdout).toMatch(/nothing is old enough\n$/)
    expect(executions.list({})).toHaveLength(1)
    const { status, stdout } = await reops(['prune', '--older-than', '5d', '--yes', '--json'])
    expect(JSON.parse(stdout)).toEqual({
      dryRun: false,
      executions: 1,
      histories: 1,
      spilled: { files: 0, bytes: 0 },
      output: { files: 1, bytes: 3000 },
      drafts: { files: 0, bytes: 0 },
      unsure: false,
    })
    expect(status).toBe(0)
    expect(executions.list({})).toEqual([])
    expect(await readdir(output)).toEqual([])
    expect([await store.history(idOf(1)), (await store.history(idOf(2))).length]).toEqual([[], 1])
  })

  test('forgets nothing without being told so by a person or by --yes', async () => {
    const { reops, executions } = await aged()
    const alone = await reops(['prune', '--older-than', '5d'])
    expect(alone.stderr).toContain(
      'nobody is here to be asked whether to forget this for ever; --yes does it',
    )
    expect(alone.status).toBe(2)
    const declined = await reops(['prune', '--older-than', '5d'], { typed: 'n\n', columns: 80 })
    expect(declined.stderr).toContain('nothing was forgotten')
    expect(declined.status).toBe(1)
    expect(executions.list({})).toHaveLength(1)
  })

  test('where nothing is kept finds nothing, and leaves no database behind', async () => {
    const folder = await project()
    const { status, stdout } = await call(folder, ['state', 'prune'])
    expect(stdout).toMatch(/nothing is old enough\n$/)
    expect(status).toBe(0)
    expect(existsSync(path.join(folder, '.reops'))).toBe(false)
  })

  test('for a time that is none is refused with status 2', async () => {
    const { reops } = await filled()
    const { status, stderr } = await reops(['prune', '--older-than', 'soon'])
    expect(stderr).toContain('--older-than is "soon"; it takes a length of time such as')
    expect(status).toBe(2)
  })
})
