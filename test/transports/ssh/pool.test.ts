import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, startLab } from '../../lab/sshd.ts'
import { needs } from '../../support/needs.ts'
import { never, type Reach, reach, troubleOf } from './reach.ts'

describe('the pool', needs('sshd'), () => {
  let lab: Lab
  const opened: Reach[] = []
  beforeAll(async () => {
    lab = await startLab([
      { name: 'foo' },
      { name: 'narrow', config: ['MaxSessions 2'] },
      { name: 'closed', config: ['MaxSessions 0'] },
      { name: 'mortal' },
    ])
  })
  afterAll(async () => {
    await Promise.all(opened.map(each => each.close()))
    await lab?.stop()
  })
  const over = async (change = {}) => {
    const each = await reach(lab, change)
    opened.push(each)
    return each
  }
  const connected = (ssh: Reach) => ssh.events.filter(event => event.kind === 'connected').length

  test('lets concurrent callers share one connecting', async () => {
    const ssh = await over()
    await Promise.all(Array.from({ length: 8 }, () => ssh.run('foo', 'true')))
    expect(connected(ssh)).toBe(1)
  })

  test('gives up connecting only when every caller has', async () => {
    const ssh = await over()
    const impatient = new AbortController()
    const first = ssh.transport.open({ name: 'foo' }, { signal: impatient.signal })
    const second = ssh.transport.open({ name: 'foo' }, { signal: never })
    await sleep(1)
    impatient.abort()
    expect((await troubleOf(first)).code).toBe('cancelled')
    await expect(second).resolves.toBeDefined()
    expect(connected(ssh)).toBe(1)
  })

  test('opens more connections when a host allows few sessions, up to its bound, and then waits', async () => {
    const ssh = await over({ maxConnections: 3 })
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, index) => ssh.run('narrow', `sleep 0.05; echo ${index}`)),
    )
    expect(answers.map(answer => answer.stdout.trim())).toEqual(
      Array.from({ length: 24 }, (_, index) => String(index)),
    )
    expect(connected(ssh)).toBeGreaterThan(1)
    expect(connected(ssh)).toBeLessThanOrEqual(3)
  })

  test('ends a command on a host that allows one session', async () => {
    const own = await startLab([{ name: 'single', config: ['MaxSessions 1'] }])
    const ssh = await reach(own, { killGrace: 500 })
    const remote = await ssh.transport.open({ name: 'single' }, { signal: never })
    expect(await troubleOf(remote.exec(['sleep', '7101'], { signal: never, timeout: 300 }))).toMatchObject({
      code: 'timeout',
      detail: { remote: 'ended' },
    })
    await ssh.close()
    await own.stop()
  })

  test('says what to look at when a host allows none', async () => {
    const ssh = await over()
    const trouble = await troubleOf(ssh.run('closed', 'true'))
    expect(trouble).toMatchObject({ code: 'unreachable', message: expect.stringContaining('MaxSessions') })
  })

  test('connects anew where a warm connection has died', async () => {
    const ssh = await over()
    await ssh.run('foo', 'true')
    // Kills the sshd process of this very connection.
    await troubleOf(ssh.run('foo', 'kill -KILL $(ps -o ppid= -p $$)'))
    expect((await ssh.run('foo', 'echo again')).stdout).toBe('again\n')
    expect(connected(ssh)).toBe(2)
  })

  test('closes what nobody uses', async () => {
    const ssh = await over({ idleTimeout: 50 })
    await ssh.run('foo', 'true')
    while (!ssh.events.some(event => event.kind === 'closed')) await sleep(10)
    expect((await ssh.run('foo', 'true')).exit).toBe(0)
    expect(connected(ssh)).toBe(2)
  })

  test('does not mix users, keys or ways', async () => {
    const ssh = await over()
    await ssh.run('foo', 'true')
    const stranger = ssh.transport.open({ name: 'foo', user: 'nobody-at-all' }, { signal: never })
    expect((await troubleOf(stranger)).code).toBe('auth')
  })

  test('closing ends running commands on their hosts, and everything after it', async () => {
    const ssh = await reach(lab, { killGrace: 500 })
    const remote = await ssh.transport.open({ name: 'foo' }, { signal: never })
    const work = troubleOf(remote.exec(['sleep', '7103'], { signal: never }))
    await sleep(100)
    await ssh.close()
    expect(await work).toMatchObject({ code: 'cancelled' })
    expect((await troubleOf(ssh.transport.open({ name: 'foo' }, { signal: never }))).message).toContain(
      'closed',
    )
    expect((await troubleOf(remote.exec('true', { signal: never }))).code).toBe('cancelled')
  })
})
