import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, startLab } from '../../lab/sshd.ts'
import { needs } from '../../support/needs.ts'
import { never, type Reach, reach, troubleOf } from './reach.ts'

describe('jump hosts', needs('sshd'), () => {
  let lab: Lab
  const opened: Reach[] = []
  const over = async (change = {}) => {
    const each = await reach(lab, change)
    opened.push(each)
    return each
  }
  beforeAll(async () => {
    lab = await startLab([
      { name: 'bastion' },
      { name: 'inner', behind: 'bastion' },
      { name: 'gate' },
      { name: 'first' },
      { name: 'second' },
      { name: 'third' },
      { name: 'closed', config: ['AllowTcpForwarding no'] },
      { name: 'refusing', is: 'refusing' },
      { name: 'changed', is: 'changed' },
      { name: 'down', is: 'down' },
    ])
  })
  afterAll(async () => {
    await Promise.all(opened.map(each => each.close()))
    await lab?.stop()
  })
  const via = (ssh: Reach, ...jump: string[]) =>
    ssh.transport.open({ name: 'third', jump }, { signal: never })

  test('lead to a host that has no other way', async () => {
    const ssh = await over()
    expect((await ssh.run('inner', ['echo', 'here'])).stdout).toBe('here\n')
  })

  test('are connected to once, for many hosts', async () => {
    const ssh = await over()
    await Promise.all(
      ['first', 'second', 'third'].map(name =>
        ssh.transport.open({ name, jump: ['gate'] }, { signal: never }),
      ),
    )
    expect(ssh.events.filter(event => event.kind === 'connected' && event.host === 'gate')).toHaveLength(1)
    expect(ssh.events.filter(event => event.kind === 'connected')).toHaveLength(4)
  })

  test('form a chain', async () => {
    const ssh = await over()
    const remote = await via(ssh, 'first', 'second')
    expect((await remote.exec('echo $SSH_CONNECTION', { signal: never })).exit).toBe(0)
    expect(ssh.events.filter(event => event.kind === 'connected').map(event => event.host)).toEqual([
      'first',
      'second',
      'third',
    ])
  })

  test.each([
    ['refusing', 'auth'],
    ['changed', 'host-key'],
    ['down', 'unreachable'],
    ['closed', 'unreachable'],
  ])('that are %s are named, with %s', async (name, code) => {
    const trouble = await troubleOf(via(await over(), name))
    expect(trouble).toMatchObject({ code, detail: { jump: name } })
    expect(trouble.message).toContain(name)
    expect(trouble.message.startsWith('third')).toBe(true)
  })

  test('that find nobody at the far end say so', async () => {
    const ssh = await over()
    const trouble = await troubleOf(ssh.transport.open({ name: 'down', jump: ['gate'] }, { signal: never }))
    expect(trouble).toMatchObject({ code: 'unreachable', detail: { jump: 'gate' } })
  })

  test('take what goes through them with them when they die, and nothing hangs', async () => {
    const own = await startLab([{ name: 'gate' }, { name: 'far' }])
    const ssh = await reach(own)
    const remote = await ssh.transport.open({ name: 'far', jump: ['gate'] }, { signal: never })
    const work = troubleOf(remote.exec(['sleep', '4'], { signal: never }))
    await new Promise(resolve => setTimeout(resolve, 200))
    await own.host('gate').kill()
    expect((await work).code).toBe('unknown')
    expect((await troubleOf(remote.exec('true', { signal: never }))).code).toBe('unreachable')
    await ssh.close()
    await own.stop()
  })
})
