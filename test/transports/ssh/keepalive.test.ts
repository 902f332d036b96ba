import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, startLab } from '../../lab/sshd.ts'
import { needs } from '../../support/needs.ts'
import { reach } from './reach.ts'

describe('asking a host whether it is there', needs('sshd'), () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab(2)
  })
  afterAll(() => lab?.stop())

  test('ends with the goodbye, whoever says it', async () => {
    const ssh = await reach(lab, { keepaliveInterval: 1, keepaliveCount: 1_000 })
    await ssh.run('host01', 'true')
    await ssh.run('host02', 'true')
    await lab.host('host02').kill()
    await sleep(50)
    await ssh.close()
    // An error out of a timer would fail this run.
    await sleep(50)
    expect(ssh.events.filter(({ kind }) => kind === 'closed')).toHaveLength(2)
  })
})
