import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Bridge } from '../../../onprem-bridge/bridge.ts'
import { bridgePlace } from '../../../src/run/bridge/place.ts'
import { verifyAudit } from '../../../src/state/audit/verify.ts'
import type { BridgeClient } from '../../../src/transports/zeromq/client/index.ts'
import { leaveOut } from '../../support/needs.ts'
import { type FaultLab, faultLab } from './lab.ts'
import { requestTo } from './requests.ts'

/** A disk that can be filled to its last byte, and emptied again. */
interface Disk {
  fill(): void
  empty(): void
}

/** Mounts one where a folder is to be. */
function mountDisk(folder: string, megabytes: number): Disk {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', folder])
  // Lazily, so that a test that fails in the middle leaves no disk behind.
  onTestFinished(() => void execFileSync('umount', ['-l', folder]))
  const ballast = path.join(folder, 'ballast')
  return {
    fill() {
      const file = openSync(ballast, 'a')
      try {
        for (;;) writeSync(file, Buffer.alloc(4_096))
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' })
      } finally {
        closeSync(file)
      }
    },
    empty: () => rmSync(ballast),
  }
}

interface Scene {
  readonly lab: FaultLab
  readonly bridge: Bridge
  /** Submits a change, which may take so many milliseconds. */
  change(id: string, bytes: number, within?: number): Promise<unknown>
  /** Submits a job that ends when it is told to, with an answer of so many bytes, and waits until it is at work. */
  hold(bytes: number): Promise<{ end(): Promise<void>; readonly answer: Promise<unknown> }>
  until(check: () => void): Promise<void>
}

/** What is mounted in its folder is gone before it is. */
async function openLab(): Promise<FaultLab> {
  const lab = await faultLab()
  onTestFinished(() => lab.close())
  return lab
}

async function openScene(lab: FaultLab): Promise<Scene> {
  const bridge = await lab.open()
  onTestFinished(() => bridge.end(0))
  const client: BridgeClient = lab.client(await lab.key('laptop'), lab.at('jobs'), bridge.key)
  const submit = (id: string, request: ReturnType<typeof requestTo>, within = 60_000) =>
    client.answer(request, {
      ...{ id, signal: new AbortController().signal, deadline: Date.now() + within },
      progress() {},
      heartbeat() {},
    })
  const until: Scene['until'] = check => vi.waitFor(check, { timeout: 20_000, interval: 20 })
  return {
    lab,
    bridge,
    until,
    change: (id, bytes, within) =>
      submit(
        id,
        requestTo('change', { id, file: path.join(lab.folder, 'changed') }, 'x'.repeat(bytes)),
        within,
      ),
    async hold(bytes) {
      const file = path.join(lab.folder, 'gate')
      const answer = submit('held', requestTo('hold', { id: 'held', file, bytes }))
      answer.catch(() => {})
      await until(() => expect(existsSync(`${file}.begun`)).toBe(true))
      return { end: () => writeFile(file, ''), answer }
    },
  }
}

const canMount =
  process.getuid?.() === 0 && process.platform === 'linux'
    ? {}
    : leaveOut('needs root, to mount a small disk')

describe('a disk that is full', { ...canMount, timeout: 60_000 }, () => {
  test('under the journal refuses new jobs by name, keeps answers until they can be written, and heals', async () => {
    const lab = await openLab()
    const disk = mountDisk(path.join(lab.folder, '.reops'), 6)
    mountDisk(path.join(lab.folder, '.reops', 'bridge', 'audit'), 2)
    const { bridge, change, hold, until } = await openScene(lab)
    const held = await hold(40_000)
    disk.fill()
    const refused = change('refused', 400_000)
    await expect(refused).rejects.toMatchObject({
      name: 'BridgeRefused',
      message: expect.stringMatching(/StorageFull.*free some space/),
    })
    await held.end()
    await until(() => expect(lab.said.join('\n')).toMatch(/free some space/))
    expect(bridge.status().jobs).toMatchObject({ running: 1, succeeded: 0 })

    disk.empty()
    expect(await held.answer).toMatch(/^did held/)
    expect(await change('refused', 400_000)).toBe('did refused')
    expect(bridge.status().jobs).toMatchObject({ running: 0, queued: 0, succeeded: 2 })
  })

  test('under the audit log turns new jobs away, ends those at work, and writes what happened once it can', async () => {
    const lab = await openLab()
    const disk = mountDisk(bridgePlace(lab.loaded).audit, 1)
    const { bridge, change, hold, until } = await openScene(lab)
    const held = await hold(1_000)
    disk.fill()
    // A file's last page may still have room.
    for (let n = 0; bridge.status().troubles.length === 0 && n < 1_000; n++)
      await change(`job ${n}`, 1, 2_000).catch(() => {})
    expect(bridge.status().troubles).toEqual([expect.stringMatching(/audit log.*can't be written.*ENOSPC/)])
    await expect(change('turned away', 1, 1_500)).rejects.toMatchObject({
      name: 'BridgeBusy',
      message: expect.stringMatching(/takes no jobs while its audit log can not be written/),
    })
    await held.end()
    expect(await held.answer).toMatch(/^did held/)

    disk.empty()
    await until(() => expect(bridge.status().troubles).toEqual([]))
    expect(await change('turned away', 1)).toBe('did turned away')
    const { succeeded } = bridge.status().jobs
    await until(() => expect(bridge.status().audit.waiting).toBe(0))
    // The bridge, the key, the trouble, and of each job that it was submitted, begun and ended.
    const audit = await verifyAudit(bridgePlace(lab.loaded).audit)
    expect(audit.broken).toBeUndefined()
    expect(audit.entries).toBe(3 + 3 * succeeded!)
  })

  test('under all that a bridge keeps ends nothing and loses nothing', async () => {
    const lab = await openLab()
    const disk = mountDisk(path.join(lab.folder, '.reops'), 6)
    const { bridge, change, hold, until } = await openScene(lab)
    // Too large for the journal: it is kept aside, on the same disk.
    const held = await hold(300_000)
    disk.fill()
    await held.end()
    await until(() => expect(lab.said.join('\n')).toMatch(/an answer can't be kept.*free some space/))
    for (const round of [1, 2, 3])
      await expect(change(`round ${round}`, 400_000, 1_500)).rejects.toMatchObject({
        name: expect.stringMatching(/^Bridge(?:Refused|Busy)$/),
      })
    expect(bridge.status().jobs).toMatchObject({ running: 1, succeeded: 0 })
    disk.empty()
    expect(await held.answer).toEqual({ $spilled: expect.any(String), bytes: 300_010 })
    await until(() => expect(bridge.status().troubles).toEqual([]))
    expect(await change('round 1', 400_000)).toBe('did round 1')
    await bridge.end(1_000)
    expect(await verifyAudit(bridgePlace(lab.loaded).audit)).toMatchObject({ broken: undefined })
  })
})
