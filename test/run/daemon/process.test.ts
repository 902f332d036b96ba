import { stat } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { KeptFiring } from '../../../src/core/schedule/kept.ts'
import { openDatabase, openScheduleStore } from '../../../src/state/sqlite/index.ts'
import { closet, soon } from './closet.ts'

const minute = 60_000

describe('a daemon', { timeout: 30_000 }, () => {
  test('starts what is due, says how it is, refuses a second one, and ends in order', async () => {
    const { up, marks, status, command, folder } = await closet(
      `export const party = schedule(marking, every.minutes(10), { why: 'party' })
       export const numbers = schedule(changing, every.minutes(10), { n: '7' })`,
    )
    due(folder, 'party', 'numbers')
    const daemon = await up()
    expect((await stat(path.join(folder, '.reops/daemon'))).mode & 0o777).toBe(0o700)
    const second = await command('up')
    expect(second.status).not.toBe(0)
    expect(second.stderr).toContain(`a daemon works on ${folder}/.reops already (process ${daemon.pid})`)
    await vi.waitFor(async () => expect(await marks()).toHaveLength(2), soon)
    expect(await marks()).toEqual(expect.arrayContaining([{ why: 'party' }, { n: 7 }]))
    await vi.waitFor(async () => expect((await status())?.executor.succeeded).toBe(2), soon)
    const asked = await command('status', '--json')
    expect(asked.status).toBe(0)
    const now = JSON.parse(asked.stdout)
    expect(now).toMatchObject({ running: true, pid: daemon.pid, draining: false, troubles: [] })
    const party = { name: 'party', flow: 'marking', last: { code: 'fire', carried: 'started' } }
    expect(now.schedules).toContainEqual(
      expect.objectContaining({ ...party, last: expect.objectContaining(party.last) }),
    )
    const health = await fetch(`http://${now.metrics.at}/healthz`)
    expect([health.status, await health.text()]).toEqual([200, 'ok\n'])
    const metrics = await (await fetch(`http://${now.metrics.at}/metrics`)).text()
    expect(metrics).toContain('reops_executions_ended_total{status="succeeded"} 2')

    expect(await daemon.end('SIGTERM')).toBe(0)
    expect(daemon.said()).toMatch(/draining[\s\S]*down\n$/)
    const after = await command('status')
    expect(after.status).toBe(1)
    expect(after.stdout).toContain(`no daemon runs on ${folder}/.reops`)
    expect(after.stdout).toMatch(/party\s+marking\s+rate\(10 minutes\).*started party-/)
  })

  test('that is killed leaves nothing undone and does nothing twice', async () => {
    const { up, marks, begun, letGo, command, status, folder } = await closet(
      `export const party = schedule(marking, every.minutes(10), { why: 'party' })
       export const late = schedule(waiting, every.minutes(10))`,
    )
    due(folder, 'party', 'late')
    const first = await up()
    await vi.waitFor(
      async () => expect([await marks(), await begun()]).toMatchObject([[{}], ['begun']]),
      soon,
    )
    expect(await first.end('SIGKILL')).toBe('SIGKILL')
    // The socket of the dead one is still there, and nobody at it.
    expect((await command('status')).stdout).toMatch(/no daemon runs[\s\S]*left behind: .*late-/)
    // As if it had died between deciding and starting.
    decide(folder, { key: 'party-decided', flow: 'marking', input: { why: 'decided' }, carried: 'decided' })
    const second = await up()
    expect(second.said()).toContain('going on with late-')
    await vi.waitFor(async () => expect(await marks()).toHaveLength(2), soon)
    await letGo()
    // How many it counts depends on how much of the party the first one had written down when it was killed.
    await vi.waitFor(async () => expect((await status())?.executor.count).toBe(0), soon)
    const listed = JSON.parse((await command('executions', '--flow', 'waiting', '--json')).stdout) as unknown
    expect(JSON.stringify(listed)).toMatch(/"status":"SUCCEEDED"/)
    expect(JSON.stringify(listed)).not.toMatch(/"status":"(?!SUCCEEDED)/)
    await second.end('SIGKILL')
    const third = await up()
    await third.end('SIGTERM')
    expect(await marks()).toEqual([{ why: 'party' }, { why: 'decided' }])
    // What only reads is called again.
    expect(await begun()).toHaveLength(2)
  })

  test('leaves what does not end in time to the next one, and says so', async () => {
    const { up, begun, letGo, status, folder } = await closet(
      `export const late = schedule(waiting, every.minutes(10))`,
    )
    due(folder, 'late')
    const first = await up()
    await vi.waitFor(async () => expect(await begun()).toHaveLength(1), soon)
    expect(await first.end('SIGTERM')).toBe(0)
    expect(first.said()).toMatch(/left for the next start: late-/)
    const second = await up()
    await letGo()
    await vi.waitFor(
      async () => expect((await status())?.executor).toMatchObject({ succeeded: 1, count: 0 }),
      soon,
    )
    await second.end('SIGTERM')
  })

  test('waits for what is under way when it is told to end, and a second signal ends it at once', async () => {
    const { up, begun, letGo, status, folder } = await closet(
      `export const late = schedule(waiting, every.minutes(10))`,
      { daemon: { drain: 600 } },
    )
    due(folder, 'late')
    const first = await up()
    await vi.waitFor(async () => expect(await begun()).toHaveLength(1), soon)
    first.signal('SIGTERM')
    await vi.waitFor(async () => expect(await status()).toMatchObject({ draining: true }), soon)
    expect(await first.end('SIGTERM')).toBe(143)
    const second = await up()
    await vi.waitFor(async () => expect(await begun()).toHaveLength(2), soon)
    second.signal('SIGTERM')
    await vi.waitFor(() => expect(second.said()).toContain('draining'), soon)
    await letGo()
    expect(await second.ended).toBe(0)
    expect(second.said()).not.toContain('left for the next start')
  })

  test('says what was missed while it was down, and makes up for it where that is said', async () => {
    const { up, marks, folder } = await closet(
      `export const made = schedule(marking, every.minutes(10), { why: 'made up' }, { missed: 'once' })
       export const left = schedule(marking, every.minutes(10), { why: 'left out' })`,
    )
    keptSince(folder, 35 * minute, 'made', 'left')
    const daemon = await up()
    await vi.waitFor(async () => expect(await marks()).toEqual([{ why: 'made up' }]), soon)
    expect(daemon.said()).toMatch(/schedule made: 3 times were missed, .* it fires once for them/)
    expect(daemon.said()).toMatch(/schedule left: 3 times were missed, .* nothing is made up for/)
    await daemon.end('SIGTERM')
  })
})

/** Lets schedules that fire every ten minutes be due a moment ago, as for a daemon that is started anew. */
function due(folder: string, ...names: readonly string[]): void {
  keptSince(folder, 10 * minute + 1_000, ...names)
}

function keptSince(folder: string, ms: number, ...names: readonly string[]): void {
  const database = openDatabase(path.join(folder, '.reops/reops.db'))
  const store = openScheduleStore(database)
  for (const name of names)
    void store.save({ name, declared: 'rate(10 minutes) UTC', after: Date.now() - ms })
  database.close()
}

function decide(folder: string, start: NonNullable<KeptFiring['start']>): void {
  const database = openDatabase(path.join(folder, '.reops/reops.db'))
  const store = openScheduleStore(database)
  const [party] = store.states().filter(({ name }) => name === 'party')
  const now = Date.now()
  void store.save(party!, [{ schedule: 'party', due: now, at: now, code: 'fire', count: 1, start }])
  database.close()
}
