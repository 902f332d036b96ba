import { appendFile, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AuditHead } from '../../../src/state/audit/entry.ts'
import { readAudit, verifyAudit } from '../../../src/state/audit/verify.ts'
import fc from '../../support/fast-check.ts'
import { auditFolder, open, written } from './folder.ts'

const current = (folder: string) => path.join(folder, 'audit.log')

/** Writes the lines of the current file anew. */
async function edit(folder: string, change: (lines: string[]) => readonly string[]): Promise<void> {
  const lines = (await readFile(current(folder), 'utf8')).trimEnd().split('\n')
  await writeFile(
    current(folder),
    change(lines)
      .map(line => `${line}\n`)
      .join(''),
  )
}

const headOf = async (folder: string) =>
  JSON.parse(await readFile(path.join(folder, 'audit.head'), 'utf8')) as AuditHead

test('nothing is wrong with no log', async () => {
  expect(await verifyAudit(await auditFolder())).toMatchObject({ broken: undefined, entries: 0, files: 0 })
})

test('any single byte that is changed in a closed log is found, at its line', async () => {
  const folder = await auditFolder()
  await written(folder, 8, 700)
  const names = (await readdir(folder)).filter(name => name.endsWith('.log'))
  expect(names.length).toBeGreaterThan(2)
  const files = await Promise.all(
    names.map(async name => ({ name, bytes: await readFile(path.join(folder, name)) })),
  )
  const change = fc.record({
    file: fc.constantFrom(...files),
    at: fc.nat(),
    byte: fc.integer({ min: 1, max: 255 }),
  })
  await fc.assert(
    fc.asyncProperty(change, async ({ file: { name, bytes }, at, byte }) => {
      const place = at % bytes.length
      const changed = Buffer.from(bytes)
      changed[place] = changed[place]! ^ byte
      await writeFile(path.join(folder, name), changed)
      const { broken } = await verifyAudit(folder)
      await writeFile(path.join(folder, name), bytes)
      const line = bytes.subarray(0, place).toString('latin1').split('\n').length
      expect(broken).toMatchObject({ file: name, line })
    }),
    { numRuns: 400 },
  )
  expect((await verifyAudit(folder)).broken).toBeUndefined()
})

describe('what was done to a log is named by its first line', () => {
  const cases: [string, (lines: string[]) => string[], object][] = [
    [
      'changed',
      lines => lines.with(2, lines[2]!.replace('job-3', 'job-4')),
      { kind: 'changed', line: 3, seq: 3 },
    ],
    ['missing', lines => lines.toSpliced(2, 2), { kind: 'missing', line: 3, seq: 3 }],
    ['missing at the beginning', lines => lines.slice(1), { kind: 'missing', line: 1, seq: 1 }],
    [
      'reordered',
      lines => [...lines.slice(0, 2), lines[3]!, lines[2]!, lines[4]!],
      { kind: 'reordered', line: 3, seq: 3 },
    ],
    ['repeated', lines => [...lines.slice(0, 3), ...lines.slice(2)], { kind: 'reordered', line: 4, seq: 4 }],
    ['truncated', lines => lines.slice(0, 3), { kind: 'truncated', seq: 4 }],
    ['emptied', () => [], { kind: 'truncated', seq: 1 }],
    ['added to', lines => [...lines, '{"seq":6}'], { kind: 'changed', line: 6, seq: 6 }],
  ]
  test.each(cases)('%s', async (_what, change, broken) => {
    const folder = await auditFolder()
    await written(folder, 5)
    await edit(folder, change)
    expect((await verifyAudit(folder)).broken).toMatchObject(broken)
  })

  test('a file that is gone', async () => {
    const folder = await auditFolder()
    await written(folder, 12, 700)
    const [first, second, third] = (await readdir(folder)).filter(name => name.endsWith('.log'))
    await rm(path.join(folder, second!))
    const broken = { kind: 'missing', file: third, line: 1 }
    expect((await verifyAudit(folder)).broken).toMatchObject(broken)
    await rm(path.join(folder, first!))
    expect((await verifyAudit(folder)).broken).toMatchObject({ ...broken, seq: 1 })
    const from = Number(third!.replace(/\D/g, ''))
    expect((await verifyAudit(folder, { from })).broken).toBeUndefined()
  })

  test('the whole of another log, by the head that was kept', async () => {
    const folder = await auditFolder()
    const other = await auditFolder()
    await written(folder, 5)
    await written(other, 5)
    await rename(current(other), current(folder))
    expect((await verifyAudit(folder)).broken).toMatchObject({ kind: 'changed', line: 5 })
  })

  test('an end that is missing with the head, by one that somebody wrote down', async () => {
    const folder = await auditFolder()
    await written(folder, 3)
    const before = await readFile(path.join(folder, 'audit.head'))
    await written(folder, 2)
    const remembered = await headOf(folder)
    await edit(folder, lines => lines.slice(0, 3))
    await writeFile(path.join(folder, 'audit.head'), before)
    expect((await verifyAudit(folder)).broken).toBeUndefined()
    expect((await verifyAudit(folder, { remembered })).broken).toMatchObject({ kind: 'truncated', seq: 4 })
  })

  test('a head that is gone or broken', async () => {
    const folder = await auditFolder()
    await written(folder, 3)
    await writeFile(path.join(folder, 'audit.head'), '{}')
    expect((await verifyAudit(folder)).broken).toMatchObject({ kind: 'no head' })
    await rm(path.join(folder, 'audit.head'))
    expect((await verifyAudit(folder)).broken).toMatchObject({ kind: 'no head' })
  })
})

describe('a log that is opened again', () => {
  test('sets a line aside that a crash left unfinished, wherever it was cut, and says so', async () => {
    const folder = await auditFolder()
    await written(folder, 3)
    const whole = await readFile(current(folder))
    const head = await readFile(path.join(folder, 'audit.head'))
    const line = Buffer.from(whole.subarray(0, whole.indexOf('\n') + 1))
    for (let length = 1; length < line.length; length += 17) {
      await writeFile(current(folder), Buffer.concat([whole, line.subarray(0, length)]))
      await writeFile(path.join(folder, 'audit.head'), head)
      expect((await verifyAudit(folder)).broken).toMatchObject({ kind: 'torn', line: 4, seq: 4 })
      const { log, said } = open(folder)
      await log.append({ who: 'a', what: 'submit', job: 'next' })
      await log.close()
      expect(said).toEqual([expect.stringContaining(`(${length} bytes)`)])
      expect((await verifyAudit(folder)).broken).toBeUndefined()
      expect([...readAudit(folder)].slice(3)).toMatchObject([
        { what: 'audit', outcome: 'torn', bytes: length },
        { job: 'next' },
      ])
    }
    const torn = (await readdir(folder)).filter(name => name.startsWith('audit-torn-'))
    expect(torn.length).toBeGreaterThan(0)
  })

  test('does so for a page of zeros that a loss of power left', async () => {
    const folder = await auditFolder()
    await written(folder, 3)
    await appendFile(current(folder), Buffer.alloc(500))
    const { log } = open(folder)
    await log.close()
    expect(await verifyAudit(folder)).toMatchObject({ broken: undefined, entries: 4 })
  })

  test('takes up an entry that was written but whose head was not', async () => {
    const folder = await auditFolder()
    await written(folder, 3)
    const head = await readFile(path.join(folder, 'audit.head'))
    await written(folder, 2)
    await writeFile(path.join(folder, 'audit.head'), head)
    const { log, said } = open(folder)
    expect(said).toEqual([])
    expect(log.head.seq).toBe(5)
  })

  test.each([
    [
      'a changed line',
      (lines: string[]) => lines.with(1, lines[1]!.replace('job-2', 'job-9')),
      'damaged',
      'changed',
    ],
    ['a missing end', (lines: string[]) => lines.slice(0, 2), 'truncated', 'missing'],
  ])(
    'leaves %s as it is, begins a new file, and is found broken from then on',
    async (_what, change, outcome, kind) => {
      const folder = await auditFolder()
      await written(folder, 4)
      await edit(folder, change)
      const evidence = await readFile(current(folder))
      for (let round = 0; round < 2; round++) {
        const { log, said } = open(folder)
        await log.append({ who: 'a', what: 'submit' })
        await log.close()
        expect(said).toHaveLength(round === 0 ? 1 : 0)
      }
      expect(await readFile(path.join(folder, 'audit-000000000001.log'))).toEqual(evidence)
      expect((await verifyAudit(folder)).broken).toMatchObject({ kind })
      expect([...readAudit(folder)].find(({ what }) => what === 'audit')).toMatchObject({ seq: 5, outcome })
    },
  )

  test('says that its head is gone, and goes on', async () => {
    const folder = await auditFolder()
    await written(folder, 3)
    await rm(path.join(folder, 'audit.head'))
    await truncate(current(folder), (await readFile(current(folder))).length - 10)
    const { log, said } = open(folder)
    await log.close()
    expect(said).toHaveLength(2)
    expect((await verifyAudit(folder)).broken).toBeUndefined()
    expect(log.head.seq).toBe(4)
  })
})

test('a log is verified while it is written, and between its files', async () => {
  const folder = await auditFolder()
  const { log } = open(folder, 2_000)
  let done = false
  const writer = (async () => {
    for (let index = 0; index < 300; index++) await log.append({ who: 'a', what: 'submit', job: `${index}` })
    done = true
  })()
  while (!done) {
    expect((await verifyAudit(folder)).broken).toBeUndefined()
    await new Promise(resolve => setImmediate(resolve))
  }
  await writer
})
