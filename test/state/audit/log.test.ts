import { execFileSync, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { AuditUnavailable } from '../../../src/state/audit/errors.ts'
import { openAuditLog } from '../../../src/state/audit/log.ts'
import { readAudit, verifyAudit } from '../../../src/state/audit/verify.ts'
import { leaveOut, needs } from '../../support/needs.ts'
import { auditFolder, open, written } from './folder.ts'

const jobsIn = (folder: string) => [...readAudit(folder)].map(({ job }) => job)

test('entries are numbered, stand on each other, and are for their owner alone', async () => {
  const folder = await auditFolder()
  await written(folder, 3)
  const [first, second] = readAudit(folder)
  expect(first).toMatchObject({ seq: 1, who: 'laptop', what: 'submit', job: 'job-1', prev: '0'.repeat(64) })
  expect(second).toMatchObject({ seq: 2, prev: first?.hash })
  expect(Date.parse(first!.time)).toBeGreaterThan(Date.now() - 60_000)
  expect((await stat(path.join(folder, 'audit.log'))).mode & 0o777).toBe(0o600)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect((await verifyAudit(folder)).broken).toBeUndefined()
})

test('what many append at once is there, in their order', async () => {
  const folder = await auditFolder()
  const { log } = open(folder)
  const jobs = Array.from({ length: 2_500 }, (_, index) => `job-${index}`)
  await Promise.all(jobs.map(job => log.append({ who: 'a', what: 'submit', job })))
  expect(jobsIn(folder)).toEqual(jobs)
  expect(log.head.seq).toBe(2_500)
})

test('a full file is closed and the chain goes on in the next one', async () => {
  const folder = await auditFolder()
  await written(folder, 20, 1_000)
  await written(folder, 20, 1_000)
  const files = (await readdir(folder)).filter(name => /^audit-\d+\.log$/.test(name))
  expect(files.length).toBeGreaterThan(5)
  expect(files[0]).toBe('audit-000000000001.log')
  const { broken, entries, head } = await verifyAudit(folder)
  expect({ broken, entries, seq: head.seq }).toEqual({ broken: undefined, entries: 40, seq: 40 })
})

test('a log that ends with a full file goes on', async () => {
  const folder = await auditFolder()
  await written(folder, 1, 1)
  expect(await readdir(folder)).not.toContain('audit.log')
  await written(folder, 1, 1)
  expect(await verifyAudit(folder)).toMatchObject({ broken: undefined, entries: 2 })
})

test('names that are too long or broken can be read again', async () => {
  const folder = await auditFolder()
  const { log } = open(folder)
  const event = {
    who: 'x'.repeat(1_000),
    what: '\ud800',
    why: '\n"\\\u0000',
    bytes: Number.NaN,
    secret: 'no',
  }
  await log.append(event)
  expect([...readAudit(folder)]).toMatchObject([{ who: 'x'.repeat(300), what: '\ufffd', why: '\n"\\\u0000' }])
  expect(await readFile(path.join(folder, 'audit.log'), 'utf8')).not.toContain('secret')
  expect((await verifyAudit(folder)).broken).toBeUndefined()
})

test('notes are written too, and closing waits for them', async () => {
  const folder = await auditFolder()
  const { log } = open(folder)
  for (const job of ['a', 'b', 'c']) log.note({ who: 'bridge', what: 'end', job })
  await log.close()
  expect(jobsIn(folder)).toEqual(['a', 'b', 'c'])
  await expect(log.append({ who: 'a', what: 'b' })).rejects.toThrow(AuditUnavailable)
})

test('what somebody else has done to the file meanwhile is found and told', async () => {
  const folder = await auditFolder()
  const { log, said } = open(folder)
  await log.append({ who: 'a', what: 'submit', job: '1' })
  await log.append({ who: 'a', what: 'submit', job: '2' })
  const file = path.join(folder, 'audit.log')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.slice(0, text.indexOf('\n') + 1))
  await log.append({ who: 'a', what: 'submit', job: '3' })
  expect(said).toEqual([expect.stringContaining('entries 2 to 2 are missing')])
  expect((await verifyAudit(folder)).broken).toMatchObject({ kind: 'missing', seq: 2 })
  expect([...readAudit(folder)].map(({ seq, job, outcome }) => [seq, job ?? outcome])).toEqual([
    [1, '1'],
    [3, 'truncated'],
    [4, '3'],
  ])
})

test('whatever was confirmed is there after the process was killed', { timeout: 30_000 }, async () => {
  const folder = await auditFolder()
  const module = JSON.stringify(new URL('../../../src/state/audit/log.ts', import.meta.url).href)
  const script = `
    import { openAuditLog } from ${module}
    const log = openAuditLog({ folder: process.argv[1], say: console.error, fileBytes: 20_000 })
    for (let i = 1; ; i++) {
      await Promise.all([1, 2, 3].map(n => log.append({ who: 'a', what: 'submit', job: i + '-' + n })))
      process.stdout.write(log.head.seq + '\\n')
    }
  `
  for (let round = 1; round <= 5; round++) {
    const before = (await verifyAudit(folder)).head.seq
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder])
    let out = ''
    await new Promise(resolve => {
      child.stdout.on('data', chunk => {
        out += String(chunk)
        if (Number(out.trim().split('\n').at(-1)) > before + 200 + round * 7) child.kill('SIGKILL')
      })
      child.on('close', resolve)
    })
    const confirmed = Number(out.slice(0, out.lastIndexOf('\n')).split('\n').at(-1))
    const { log } = open(folder)
    await log.close()
    const { broken, head } = await verifyAudit(folder)
    expect(broken).toBeUndefined()
    expect(head.seq).toBeGreaterThanOrEqual(confirmed)
  }
})

const mayMount = process.getuid?.() === 0 && process.platform === 'linux'
test(
  'a disk that is full refuses work and heals',
  mayMount ? needs('mount') : leaveOut('it takes root to mount a disk'),
  async () => {
    const disk = await mkdtemp(path.join(tmpdir(), 'reops-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk])
    try {
      const folder = path.join(disk, 'audit')
      await mkdir(folder)
      const said: string[] = []
      const log = openAuditLog({ folder, say: text => void said.push(text) })
      await log.append({ who: 'a', what: 'submit', job: 'before' })
      await writeFile(path.join(disk, 'ballast'), Buffer.alloc(1 << 20)).catch(() => {})
      // The last block of a file has room left.
      const fill = async () => {
        for (;;) await log.append({ who: 'a', what: 'b', job: 'fills' })
      }
      await expect(fill()).rejects.toThrow(AuditUnavailable)
      const many = Array.from({ length: 100 }, (_, n) =>
        log.append({ who: 'a', what: `refused ${n}`, why: 'x'.repeat(300) }),
      )
      for (const { status } of await Promise.allSettled(many)) expect(status).toBe('rejected')
      await expect(log.append({ who: 'a', what: 'no', why: 'x'.repeat(300) })).rejects.toThrow(
        AuditUnavailable,
      )
      expect(log.trouble).toContain("can't be written")
      expect(said).toEqual([expect.stringContaining('No work is taken')])
      log.note({ who: 'bridge', what: 'end', job: 'before' })
      await rm(path.join(disk, 'ballast'))
      await vi.waitFor(() => expect(log.trouble).toBeUndefined(), { timeout: 10_000 })
      await log.append({ who: 'a', what: 'submit', job: 'after' })
      const there = [...readAudit(folder)].filter(({ job }) => job !== 'fills')
      expect(there.map(({ what, job }) => `${what} ${job}`)).toEqual([
        'submit before',
        'audit undefined',
        'end before',
        'submit after',
      ])
      expect(said).toHaveLength(2)
      expect((await verifyAudit(folder)).broken).toBeUndefined()
      await log.close()
    } finally {
      execFileSync('umount', ['-l', disk])
      await rm(disk, { recursive: true })
    }
  },
)
