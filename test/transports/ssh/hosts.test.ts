import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accepts, type Lab, startLab } from '../../lab/sshd.ts'
import { needs } from '../../support/needs.ts'
import { type Reach, reach, troubleOf } from './reach.ts'

describe('twenty-six real hosts', needs('sshd'), () => {
  let lab: Lab
  let ssh: Reach
  beforeAll(async () => {
    lab = await startLab([
      ...Array.from({ length: 20 }, () => ({})),
      { name: 'down', is: 'down' },
      { name: 'hanging', is: 'hanging' },
      { name: 'changed', is: 'changed' },
      { name: 'refusing', is: 'refusing' },
      { name: 'slow', is: 'slow' },
      { name: 'bastion' },
      { name: 'inner', behind: 'bastion' },
    ])
    // A hanging host is waited for; only that one should cost the time.
    const configFile = path.join(lab.folder, 'config')
    await writeFile(configFile, 'Host hanging\n  ConnectTimeout 1\n')
    ssh = await reach(lab, { configFile, connectTimeout: 20_000 })
  })
  afterAll(async () => {
    await ssh?.close()
    await lab?.stop()
  })

  test('answer at once, each with its own success or trouble, and again over warm connections', async () => {
    const round = async () =>
      Object.fromEntries(
        await Promise.all(
          lab.hosts.map(async ({ name }) => [
            name,
            await ssh.run(name, ['echo', name]).then(
              result => result.stdout.trim(),
              trouble => trouble.code,
            ),
          ]),
        ),
      )
    const expected = {
      ...Object.fromEntries(lab.hosts.map(({ name }) => [name, name])),
      down: 'unreachable',
      hanging: 'unreachable',
      changed: 'host-key',
      refusing: 'auth',
    }
    expect(await round()).toEqual(expected)
    const connected = ssh.events.filter(event => event.kind === 'connected').length
    expect(connected).toBe(23)
    expect(await round()).toEqual(expected)
    expect(ssh.events.filter(event => event.kind === 'connected')).toHaveLength(connected)
  })

  test('that are down or hanging are told apart, with the stage', async () => {
    expect((await troubleOf(ssh.run('down', 'true'))).message).toContain('nothing listens')
    const hanging = await troubleOf(ssh.run('hanging', 'true'))
    expect(hanging.message).toContain('said nothing')
    expect(hanging.detail).toMatchObject({ stage: 'identification' })
  })

  test(
    'behind another are reached through it alone',
    process.getuid?.() === 0 ? {} : { skip: true },
    async () => {
      expect((await ssh.run('inner', 'true')).exit).toBe(0)
      expect(await accepts(lab.host('inner').port)).toBe(false)
      expect(lab.host('inner').log()).toContain('Accepted publickey')
    },
  )

  test('whose changed key was refused have seen no authentication', () => {
    expect(lab.host('changed').log()).not.toContain('publickey')
  })
})
