import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, startLab } from '../../lab/sshd.ts'
import { needs } from '../../support/needs.ts'
import { type Reach, reach } from './reach.ts'

describe('a connection', needs('sshd'), () => {
  let lab: Lab
  let ssh: Reach
  beforeAll(async () => {
    lab = await startLab([
      { name: 'talkative', config: ['LogLevel DEBUG3'], hostKeys: ['ed25519', 'ecdsa'] },
      { name: 'restless', config: ['LogLevel DEBUG1', 'RekeyLimit 64K'] },
    ])
    ssh = await reach(lab)
  })
  afterAll(async () => {
    await ssh?.close()
    await lab?.stop()
  })

  test('does not ask a host to prove the keys that it was not judged by', async () => {
    expect((await ssh.run('talkative', 'echo here')).stdout).toBe('here\n')
    expect(lab.host('talkative').log()).toContain('sent 2 hostkeys')
    expect(lab.host('talkative').log()).not.toContain('hostkeys-prove')
  })

  test('survives new keys in the middle of a command', async () => {
    const { stdout, exit } = await ssh.run(
      'restless',
      'head -c 1000000 /dev/zero | tr "\\0" x | wc -c; seq 200000',
    )
    expect(exit).toBe(0)
    expect(stdout.endsWith('\n200000\n')).toBe(true)
    expect(
      lab
        .host('restless')
        .log()
        .match(/rekeying/g)?.length ?? 0,
    ).toBeGreaterThan(3)
  })
})
