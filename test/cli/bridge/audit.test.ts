import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openAuditLog } from '../../../src/state/audit/log.ts'
import { call, project } from '../harness.ts'

/** A project whose bridge has written down a few things. */
async function audited() {
  const folder = await project()
  const log = openAuditLog({ folder: path.join(folder, '.reops/bridge/audit'), say: () => {} })
  const about = { role: 'submit', operation: 'remote.exec', job: 'nightly/1' }
  await log.append({ who: 'laptop', what: 'submit', outcome: 'accepted', bytes: 1_234, ...about })
  await log.append({
    who: 'wall',
    what: 'submit',
    outcome: 'refused',
    error: 'BridgeRefused',
    why: 'it may read',
  })
  await log.append({ who: 'bridge', what: 'end', outcome: 'succeeded', ...about, job: 'nightly/1\u001b[2J' })
  await log.close()
  const file = path.join(folder, '.reops/bridge/audit/audit.log')
  return { file, head: log.head, audit: (...words: string[]) => call(folder, ['audit', ...words]) }
}

test('show prints who asked for what, safely', async () => {
  const { audit } = await audited()
  const { status, stdout } = await audit('show')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^when +who +what +outcome +operation +bytes +job/)
  expect(stdout).toMatch(/laptop +submit +accepted +remote\.exec +1\.2 kB +nightly\/1$/m)
  expect(stdout).toContain('BridgeRefused, it may read')
  expect(stdout).not.toContain('\u001b')
})

test('show finds what is asked for', async () => {
  const { audit } = await audited()
  const found = async (...words: string[]) =>
    JSON.parse((await audit('show', '--json', ...words)).stdout).entries.map(
      ({ seq }: { seq: number }) => seq,
    )
  expect(await found()).toEqual([1, 2, 3])
  expect(await found('--who', 'wall')).toEqual([2])
  expect(await found('--job', 'nightly')).toEqual([1, 3])
  expect(await found('--since', '1h')).toEqual([1, 2, 3])
  expect(await found('--since', '2100-01-01')).toEqual([])
  expect(await found('--limit', '1')).toEqual([3])
  expect((await audit('show', '--limit', '2')).stdout).toContain('there are more')
  expect(await audit('show', '--since', 'then')).toMatchObject({ status: 2 })
})

test('verify says that all is as it was written, and what to write down', async () => {
  const { audit, head } = await audited()
  const { status, stdout } = await audit('verify')
  expect(stdout).toBe(`3 entries are as written, in 1 file, from 1 to 3\nhead 3:${head.hash}\n`)
  expect(status).toBe(0)
  expect(await audit('verify', '--head', `3:${head.hash}`)).toMatchObject({ status: 0 })
  expect(await audit('verify', '--head', `3:${'0'.repeat(64)}`)).toMatchObject({ status: 1 })
  expect(await audit('verify', '--head', `4:${head.hash}`)).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('entry 4: truncated'),
  })
  expect(await audit('verify', '--head', 'x')).toMatchObject({ status: 2 })
  expect(JSON.parse((await audit('verify', '--json')).stdout)).toEqual({
    ok: true,
    entries: 3,
    files: 1,
    first: 1,
    head,
    broken: null,
  })
})

test('verify names the first line that is not as it was written', async () => {
  const { audit, file } = await audited()
  await writeFile(file, (await readFile(file, 'utf8')).replace('it may read', 'it may rule'))
  expect(await audit('verify')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('audit.log, line 2 (entry 2): changed'),
  })
  expect(JSON.parse((await audit('verify', '--json')).stdout)).toMatchObject({
    ok: false,
    broken: { kind: 'changed', file: 'audit.log', line: 2, seq: 2 },
  })
})

test('no log is not a good one', async () => {
  const folder = await project()
  expect(await call(folder, ['audit', 'verify'])).toMatchObject({
    status: 1,
    stdout: 'there is no audit log in .reops/bridge/audit; a bridge begins one\n',
  })
  expect(await call(folder, ['audit', 'show'])).toMatchObject({ status: 0 })
})
