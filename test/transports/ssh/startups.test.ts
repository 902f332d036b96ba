import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listen } from '../../lab/servers.ts'
import { type Lab, startLab } from '../../lab/sshd.ts'
import { needs } from '../../support/needs.ts'
import { never, type Reach, reach, troubleOf } from './reach.ts'

describe('an sshd that drops connections when many knock at once', needs('sshd'), () => {
  let lab: Lab
  const opened: Reach[] = []
  beforeAll(async () => {
    lab = await startLab([
      { name: 'busy', config: ['MaxStartups 2:100:2'] },
      { name: 'random', config: ['MaxStartups 1:60:20'] },
    ])
  })
  afterAll(async () => {
    await Promise.all(opened.map(each => each.close()))
    await lab?.stop()
  })

  test.each(['busy', 'random'])('is tried again until all have come in: %s', async host => {
    // Transports know nothing of each other, so each brings the full load of its own.
    const many = await Promise.all(
      Array.from({ length: 12 }, () => reach(lab, { connectTimeout: 25_000, connectAttempts: 60 })),
    )
    opened.push(...many)
    const answers = await Promise.all(many.map(ssh => ssh.run(host, ['echo', 'in'])))
    expect(answers.map(answer => answer.stdout)).toEqual(Array.from({ length: 12 }, () => 'in\n'))
    const dropped = many.flatMap(ssh => ssh.events).filter(event => event.kind === 'dropped')
    expect(dropped.length).toBeGreaterThan(0)
  })

  test('that does it every time is reported after a bounded number of attempts', async () => {
    let knocks = 0
    const server = await listen(socket => {
      knocks++
      socket.end('Exceeded MaxStartups\r\n')
    })
    const ssh = await reach(lab, {
      connectAttempts: 3,
      hosts: { full: { address: '127.0.0.1', port: server.port, user: lab.user, key: lab.key } },
    })
    const trouble = await troubleOf(ssh.transport.open({ name: 'full' }, { signal: never }))
    expect(trouble).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('MaxStartups'),
      detail: { attempts: 3 },
    })
    expect(knocks).toBe(3)
    await ssh.close()
    await server.stop()
  })
})
