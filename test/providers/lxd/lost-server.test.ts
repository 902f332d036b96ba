import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { lxdNode } from '../../../src/core/systems/nodes.ts'
import type { Status } from '../../../src/core/systems/provider.ts'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import { openClient } from '../../../src/providers/lxd/api/client.ts'
import { readInstance } from '../../../src/providers/lxd/api/instances.ts'
import { listVolumes } from '../../../src/providers/lxd/api/volumes.ts'
import { openLxd } from '../../../src/providers/lxd/index.ts'
import { type Lxd, needsLxd, startLxd } from '../../lab/lxd/daemon.ts'
import { testJob } from '../../support/job.ts'
import { login, newSystem } from './system.ts'

const soon = () => ({ signal: AbortSignal.timeout(30_000) })

describe('a server that goes away', needsLxd(), () => {
  let lxd: Lxd
  beforeAll(async () => {
    lxd = await startLxd()
  }, 60_000)
  afterAll(async () => {
    await lxd?.stop()
  })
  const open = () => openLxd({ nuc: lxdNode.parse({ provider: 'lxd', url: lxd.socket }) }, { env: {} })

  test('in the middle of a create leaves what is named, and what the next one clears up', async () => {
    const provider = open()
    const system = newSystem('victim', { volumes: [{ name: 'data', size: 1, keep: false }] })
    let killing: Promise<void> | undefined
    const job = testJob({
      onStage: stage => {
        if (stage === 'creating the container') killing = lxd.kill()
      },
    })
    const trouble = await provider.create(system, login, job).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(trouble).toBeInstanceOf(SystemTrouble)
    expect((trouble as SystemTrouble).left).toEqual([
      expect.stringContaining('the container victim on nuc'),
      expect.stringContaining(`the volume ${system.id}-data`),
    ])
    await killing
    await lxd.restart()
    const client = openClient({ socket: lxd.socket })
    expect(await provider.create(system, login, testJob())).toMatchObject({ ref: 'victim', state: 'stopped' })
    await provider.start(system, testJob())
    await provider.destroy(system, { graceMs: 0 }, testJob())
    expect(await readInstance(client, 'victim', soon())).toBeUndefined()
    expect(await listVolumes(client, 'default', soon())).toEqual([])
    client.close()
    await provider.close()
  }, 60_000)

  test('is listened to again when it is back, and everything is read once', async () => {
    const provider = open()
    const system = newSystem('sleeper')
    await provider.create(system, login, testJob())
    const told: Status['state'][] = []
    const stop = new AbortController()
    const watching = provider.watch!(({ state }) => told.push(state), stop.signal)
    const heard = async (count: number) => {
      const { signal } = soon()
      while (told.length < count) {
        signal.throwIfAborted()
        await new Promise(resolve => setTimeout(resolve, 50))
      }
      return [...told]
    }
    expect(await heard(1)).toEqual(['stopped'])
    await lxd.restart()
    expect(await heard(2)).toEqual(['stopped', 'stopped'])
    await provider.start(system, testJob())
    expect(await heard(3)).toEqual(['stopped', 'stopped', 'running'])
    stop.abort()
    await watching
    await provider.destroy(system, { graceMs: 0 }, testJob())
    await provider.close()
  }, 60_000)
})

describe('a server far away', needsLxd(), () => {
  let lxd: Lxd
  beforeAll(async () => {
    lxd = await startLxd()
  }, 60_000)
  afterAll(async () => {
    await lxd?.stop()
  })

  test('is worked with as one here, once it is proved and trusts us', async () => {
    const url = await lxd.openHttps()
    const file = (name: string) => path.join(lxd.folder, name)
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const out = [
      '-keyout',
      file('client.key'),
      '-out',
      file('client.crt'),
      '-days',
      '2',
      '-subj',
      '/CN=reops',
    ]
    execFileSync('openssl', ['req', '-x509', ...key, ...out], { stdio: 'ignore' })
    const trusted = readFileSync(file('client.crt'), 'utf8').replaceAll(/-----.*?-----|\s/g, '')
    const near = openClient({ socket: lxd.socket })
    const body = { type: 'client', name: 'reops', certificate: trusted }
    await near.change(
      { doing: 'trusting', method: 'POST', path: '/1.0/certificates', body },
      z.unknown(),
      soon(),
    )
    near.close()
    const node = lxdNode.parse({
      provider: 'lxd',
      url,
      certificate: file('client.crt'),
      certificateKey: file('client.key'),
      serverCertificate: file('lxd/server.crt'),
    })
    const provider = openLxd({ nuc: node }, { env: {} })
    const system = newSystem('far')
    await provider.create(system, login, testJob())
    await provider.start(system, testJob())
    const console = await provider.console(system, testJob())
    console.destroy()
    await provider.destroy(system, { graceMs: 0 }, testJob())
    expect(await provider.status(system, testJob())).toMatchObject({ state: 'missing' })
    await provider.close()
    const wrong = openLxd({ nuc: { ...node, serverCertificate: file('client.crt') } }, { env: {} })
    await expect(wrong.list('nuc', testJob())).rejects.toMatchObject({ code: 'host-key' })
    await wrong.close()
  }, 60_000)
})
