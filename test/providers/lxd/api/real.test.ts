import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { type LxdClient, openClient } from '../../../../src/providers/lxd/api/client.ts'
import { readConsole } from '../../../../src/providers/lxd/api/console.ts'
import { copyInstance } from '../../../../src/providers/lxd/api/copy.ts'
import { LxdError } from '../../../../src/providers/lxd/api/errors.ts'
import { exec } from '../../../../src/providers/lxd/api/exec.ts'
import { deleteImage, listImages, resolveAlias } from '../../../../src/providers/lxd/api/images.ts'
import { importImage } from '../../../../src/providers/lxd/api/import-image.ts'
import { addressOf } from '../../../../src/providers/lxd/api/instance.ts'
import {
  changeInstance,
  createInstance,
  deleteInstance,
  listInstances,
  readInstance,
  readState,
  renameInstance,
} from '../../../../src/providers/lxd/api/instances.ts'
import type { Progress } from '../../../../src/providers/lxd/api/operation.ts'
import { power } from '../../../../src/providers/lxd/api/power.ts'
import { listProjects, readServer } from '../../../../src/providers/lxd/api/server.ts'
import {
  createSnapshot,
  deleteSnapshot,
  listSnapshots,
  restoreSnapshot,
} from '../../../../src/providers/lxd/api/snapshots.ts'
import { readFingerprint } from '../../../../src/providers/lxd/api/tls.ts'
import { readToken, trust } from '../../../../src/providers/lxd/api/trust.ts'
import {
  attachVolume,
  createVolume,
  deleteVolume,
  detachDevice,
  listVolumes,
  readVolume,
} from '../../../../src/providers/lxd/api/volumes.ts'
import { type Lxd, needsLxd, startLxd } from '../../../lab/lxd/daemon.ts'

const soon = () => ({ signal: AbortSignal.timeout(30_000) })

async function troubleOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(LxdError)
  return (error as LxdError).kind
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const { signal } = soon()
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    signal.throwIfAborted()
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

describe('a real LXD', needsLxd(), () => {
  let lxd: Lxd
  let client: LxdClient
  beforeAll(async () => {
    lxd = await startLxd()
    client = openClient({ socket: lxd.socket })
    await createInstance(client, { name: 'foo', source: { alias: 'tiny' } }, soon())
    await power(client, 'foo', 'start', soon())
  }, 60_000)
  afterAll(async () => {
    client?.close()
    await lxd?.stop()
  })

  test('says who it is and that it trusts whoever may use its socket', async () => {
    const server = await readServer(client, soon())
    expect(server).toMatchObject({ auth: 'trusted', environment: { server: 'lxd' } })
    expect(await listProjects(client, soon())).toMatchObject([{ name: 'default' }])
  })

  test('gives a started container an address', async () => {
    const address = await until(async () => addressOf(await readState(client, 'foo', soon())))
    expect(address).toMatch(/^10\.99\.0\.\d+$/)
    expect(await readState(client, 'foo', soon())).toMatchObject({ status: 'Running' })
    const [foo] = await listInstances(client, { ...soon(), state: true })
    expect(addressOf(foo!.state!)).toBe(address)
  })

  test('executes a command and keeps its output and status apart', async () => {
    expect(await exec(client, 'foo', ['sh', '-c', 'echo out; echo err >&2; exit 3'], soon())).toEqual({
      exit: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    })
    const told = await exec(client, 'foo', ['sh', '-c', 'echo "$WORD"; pwd; id -u'], {
      ...soon(),
      env: { WORD: "it's\n$HOME" },
      cwd: '/etc',
      user: 7,
    })
    expect(told.stdout).toBe("it's\n$HOME\n/etc\n7\n")
  })

  test('executes a command that is not there as a shell would', async () => {
    expect(await exec(client, 'foo', ['no-such-program'], soon())).toEqual({
      exit: 127,
      stdout: '',
      stderr: '',
    })
  })

  test('leaves no output of commands behind', async () => {
    await exec(client, 'foo', ['echo', 'hello'], soon())
    const logs = await client.read(
      { doing: 'listing logs', path: '/1.0/instances/foo/logs' },
      z.array(z.string()),
      soon(),
    )
    expect(logs.value.filter(name => name.includes('exec_'))).toEqual([])
  })

  test('keeps the output of a command whole', async () => {
    const { stdout } = await exec(client, 'foo', ['seq', '200000'], soon())
    expect(stdout).toHaveLength(1_288_895)
  })

  test('has the words of the console', async () => {
    const text = await until(async () => {
      const text = await readConsole(client, 'foo', soon())
      return text.includes('up') ? text : undefined
    })
    expect(text).toContain('up')
    expect(await troubleOf(readConsole(client, '..', soon()))).toBe('invalid')
  })

  test('changes what is asked and leaves the rest', async () => {
    await changeInstance(client, 'foo', { config: { 'user.reops': '{}', 'limits.memory': '64MiB' } }, soon())
    await changeInstance(client, 'foo', { config: { 'limits.memory': null } }, soon())
    const read = await readInstance(client, 'foo', soon())
    expect(read?.value.config).toMatchObject({ 'user.reops': '{}' })
    expect(read?.value.config).not.toHaveProperty('limits.memory')
  })

  test('refuses a change of what was changed meanwhile', async () => {
    const read = await readInstance(client, 'foo', soon())
    const change = (to: string) =>
      changeInstance(client, 'foo', { config: { 'user.turn': to } }, { ...soon(), etag: read?.etag })
    await change('first')
    expect(await troubleOf(change('second'))).toBe('changed')
    expect((await readInstance(client, 'foo', soon()))?.value.config['user.turn']).toBe('first')
  })

  test('names what is not there, what is there already and what can not be', async () => {
    expect(await readInstance(client, 'nobody', soon())).toBeUndefined()
    expect(await troubleOf(power(client, 'nobody', 'start', soon()))).toBe('not-found')
    const again = createInstance(client, { name: 'foo', source: { alias: 'tiny' } }, soon())
    expect(await troubleOf(again)).toBe('exists')
    const strange = createInstance(client, { name: 'bar', source: { alias: 'no-such-image' } }, soon())
    expect(await troubleOf(strange)).toBe('not-found')
    const limit = changeInstance(client, 'foo', { config: { 'limits.cpu': 'many' } }, soon())
    expect(await troubleOf(limit)).toBe('invalid')
    expect(await troubleOf(deleteInstance(client, 'foo', soon()))).toBe('invalid')
    expect(await troubleOf(power(client, 'foo', 'start', soon()))).toBe('failed')
  })

  test('takes a container through its life', async () => {
    const progress: Progress[] = []
    await createInstance(
      client,
      { name: 'life', source: { alias: 'tiny' }, config: { 'limits.cpu': '1' } },
      { ...soon(), onProgress: each => progress.push(each) },
    )
    expect(progress.at(-1)).toMatchObject({ percent: 100 })
    await createSnapshot(client, 'life', 'before', soon())
    expect(await troubleOf(createSnapshot(client, 'life', 'before', soon()))).toBe('exists')
    await power(client, 'life', 'start', soon())
    await exec(client, 'life', ['touch', '/srv/after'], soon())
    await power(client, 'life', 'restart', { ...soon(), force: true })
    expect((await exec(client, 'life', ['ls', '/srv'], soon())).stdout).toBe('after\n')
    expect(await listSnapshots(client, 'life', soon())).toMatchObject([{ name: 'before' }])
    await restoreSnapshot(client, 'life', 'before', soon())
    expect(await readState(client, 'life', soon())).toMatchObject({ status: 'Running' })
    expect((await exec(client, 'life', ['ls', '/srv'], soon())).stdout).toBe('')
    await deleteSnapshot(client, 'life', 'before', soon())
    expect(await listSnapshots(client, 'life', soon())).toEqual([])
    await until(async () => ((await readConsole(client, 'life', soon())).includes('up') ? true : undefined))
    await power(client, 'life', 'stop', { ...soon(), grace: 10 })
    expect(await readState(client, 'life', soon())).toMatchObject({ status: 'Stopped' })
    await copyInstance(client, 'life', { name: 'copy', config: { 'user.reops': 'copy' } }, soon())
    const copy = await readInstance(client, 'copy', soon())
    expect(copy?.value.config).toMatchObject({ 'user.reops': 'copy', 'limits.cpu': '1' })
    await renameInstance(client, 'copy', 'other', soon())
    expect((await listInstances(client, soon())).map(({ name }) => name)).toEqual(['foo', 'life', 'other'])
    await Promise.all(['life', 'other'].map(name => deleteInstance(client, name, soon())))
  }, 60_000)

  test('does not force a container that takes no notice of being stopped', async () => {
    const source = { alias: 'tiny' }
    await createInstance(client, { name: 'deaf', source, config: { 'environment.STUBBORN': '1' } }, soon())
    await power(client, 'deaf', 'start', soon())
    expect(await troubleOf(power(client, 'deaf', 'stop', { ...soon(), grace: 1 }))).toBe('failed')
    expect(await readState(client, 'deaf', soon())).toMatchObject({ status: 'Running' })
    await power(client, 'deaf', 'stop', { ...soon(), force: true })
    await deleteInstance(client, 'deaf', soon())
  })

  test('attaches volumes, and keeps them when the container goes', async () => {
    await createInstance(client, { name: 'tank', source: { alias: 'tiny' } }, soon())
    await createVolume(client, 'default', { name: 'data', config: { 'user.reops': 'kept' } }, soon())
    expect(await troubleOf(createVolume(client, 'default', { name: 'data' }, soon()))).toBe('exists')
    const device = { device: 'data', pool: 'default', volume: 'data', path: '/data' }
    await attachVolume(client, 'tank', device, soon())
    await power(client, 'tank', 'start', soon())
    await exec(client, 'tank', ['touch', '/data/here'], soon())
    expect(await troubleOf(deleteVolume(client, 'default', 'data', soon()))).toBe('invalid')
    await detachDevice(client, 'tank', 'data', soon())
    expect((await exec(client, 'tank', ['ls', '/data'], soon())).stdout).toBe('')
    await attachVolume(client, 'tank', device, soon())
    expect((await exec(client, 'tank', ['ls', '/data'], soon())).stdout).toBe('here\n')
    await power(client, 'tank', 'stop', { ...soon(), force: true })
    await deleteInstance(client, 'tank', soon())
    expect(await listVolumes(client, 'default', soon())).toMatchObject([{ name: 'data', used_by: [] }])
    await deleteVolume(client, 'default', 'data', soon())
    expect(await readVolume(client, 'default', 'data', soon())).toBeUndefined()
  })

  test('imports an image in two parts', async () => {
    const { metadata, rootfs } = lxd.image
    const fingerprint = await importImage(client, { metadata, rootfs }, soon())
    const image = (await listImages(client, soon())).find(each => each.fingerprint === fingerprint)
    expect(image).toMatchObject({ type: 'container', properties: { os: 'busybox' } })
    expect(await troubleOf(importImage(client, { metadata, rootfs }, soon()))).toBe('exists')
    await createInstance(client, { name: 'split', source: { fingerprint } }, soon())
    await deleteInstance(client, 'split', soon())
    await deleteImage(client, fingerprint, soon())
    expect(await resolveAlias(client, 'no-such-alias', soon())).toBeUndefined()
  })

  test('gives up on what takes too long, and says that it goes on', async () => {
    const slow = exec(client, 'foo', ['sleep', '5'], { ...soon(), timeout: 200 })
    await expect(slow).rejects.toMatchObject({ kind: 'timeout', message: expect.stringContaining('goes on') })
    const abort = new AbortController()
    const cancelled = exec(client, 'foo', ['sleep', '5'], { signal: abort.signal })
    setTimeout(() => abort.abort(), 200)
    await expect(cancelled).rejects.toMatchObject({ kind: 'cancelled' })
  })

  describe('over HTTPS', () => {
    let url: string
    const own = () => ({
      cert: readFileSync(path.join(lxd.folder, 'client.crt'), 'utf8'),
      key: readFileSync(path.join(lxd.folder, 'client.key'), 'utf8'),
    })
    const open = (proof: { fingerprint: string } | { ca: string }) => openClient({ url, ...own(), ...proof })
    beforeAll(async () => {
      url = await lxd.openHttps()
      const files = [
        '-keyout',
        path.join(lxd.folder, 'client.key'),
        '-out',
        path.join(lxd.folder, 'client.crt'),
      ]
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
      execFileSync('openssl', ['req', '-x509', ...key, ...files, '-days', '2', '-subj', '/CN=reops'], {
        stdio: 'ignore',
      })
    })

    async function makeToken(): Promise<string> {
      const body = { type: 'client', name: 'reops', token: true }
      const change = { doing: 'making a token', method: 'POST' as const, path: '/1.0/certificates', body }
      // A token is an operation that goes on until somebody has used it.
      const made = (await client.begin(change, soon())).metadata
      return Buffer.from(JSON.stringify({ client_name: 'reops', ...made })).toString('base64')
    }

    test('trusts nobody whom it does not know, and then who has a token', async () => {
      const token = await makeToken()
      const { fingerprint } = readToken(token)
      expect(await readFingerprint(url, 5_000)).toBe(fingerprint)
      const stranger = open({ fingerprint })
      expect(await readServer(stranger, soon())).toMatchObject({ auth: 'untrusted' })
      expect(await troubleOf(listInstances(stranger, soon()))).toBe('forbidden')
      expect(await trust(url, { ...own(), name: 'reops' }, { token }, soon())).toBe(fingerprint)
      expect((await listInstances(stranger, soon())).map(({ name }) => name)).toContain('foo')
      expect((await exec(stranger, 'foo', ['echo', 'far'], soon())).stdout).toBe('far\n')
      stranger.close()
    })

    test('is refused when it shows another certificate than the one that was trusted', async () => {
      const strange = open({ fingerprint: '0'.repeat(64) })
      expect(await troubleOf(readServer(strange, soon()))).toBe('untrusted')
      strange.close()
    })

    test('is proved by the authority that signed its certificate', async () => {
      const ca = readFileSync(path.join(lxd.folder, 'lxd/server.crt'), 'utf8')
      expect(new X509Certificate(ca).checkIP('127.0.0.1')).toBe('127.0.0.1')
      const proved = open({ ca })
      expect(await readServer(proved, soon())).toMatchObject({ api_version: '1.0' })
      proved.close()
      const unproved = open({ ca: own().cert })
      expect(await troubleOf(readServer(unproved, soon()))).toBe('untrusted')
      unproved.close()
    })
  })
})
