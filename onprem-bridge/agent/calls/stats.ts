import { readdir, readFile, statfs } from 'node:fs/promises'
import os from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { type Handler, handler } from '../call.ts'

/** Milliseconds between the two looks that a share of processor time and a rate of bytes take, at least. */
const between = 200

/** While somebody asks now and then, the host is looked at so often, so that an answer need not wait for a second look. */
const lookEvery = 2_000
const askedWithin = 300_000

const read = (file: string) => readFile(file, 'utf8').catch(() => '')

/** What a host is doing, for who asks often. */
export interface StatsReader {
  read(signal: AbortSignal): Promise<Stats>
  readonly handler: Handler
  stop(): void
}

/** Reads what the host is doing. The first answer waits for a second look, and so does one after five minutes of silence. */
export function openStats(): StatsReader {
  let looks: Look[] = []
  let timer: NodeJS.Timeout | undefined
  let askedAt = 0

  const keep = (seen: Look) => {
    looks = [...looks.slice(-1), seen]
  }
  const stop = () => {
    clearInterval(timer)
    timer = undefined
    looks = []
  }
  const lookAgain = () => {
    if (performance.now() - askedAt > askedWithin) stop()
    else
      look().then(
        seen => timer !== undefined && keep(seen),
        () => {},
      )
  }
  const read = async (signal: AbortSignal): Promise<Stats> => {
    askedAt = performance.now()
    const now = await look()
    const before = looks.findLast(({ at }) => now.at - at >= between)
    if (before !== undefined) return statsOf(before, now)
    await sleep(between, undefined, { signal })
    const after = await look()
    if (timer === undefined) {
      timer = setInterval(lookAgain, lookEvery).unref()
      keep(now)
    }
    return statsOf(now, after)
  }
  return { read, handler: handler(z.strictObject({}), (_params, { signal }) => read(signal)), stop }
}

/** What a host is doing right now. What it can't say is `null`. Sizes are bytes, rates bytes a second. */
async function statsOf(before: Look, after: Look) {
  const seconds = Math.max(0.001, (after.at - before.at) / 1_000)
  const [one = 0, five = 0, fifteen = 0] = os.loadavg()
  const memory = await readMemory()
  return {
    at: new Date().toISOString(),
    cpu: { count: os.cpus().length, busyPercent: busy(before.cpu, after.cpu) },
    load: { one: round(one), five: round(five), fifteen: round(fifteen) },
    memory,
    disks: await readDisks(),
    net: after.net.map(card => {
      const was = before.net.find(({ name }) => name === card.name) ?? card
      return {
        ...card,
        receivedPerSecond: Math.max(0, Math.round((card.receivedBytes - was.receivedBytes) / seconds)),
        sentPerSecond: Math.max(0, Math.round((card.sentBytes - was.sentBytes) / seconds)),
      }
    }),
    temperatures: await readTemperatures(),
    uptimeSeconds: Math.round(os.uptime()),
  }
}

export type Stats = Awaited<ReturnType<typeof statsOf>>

type Look = Awaited<ReturnType<typeof look>>

async function look() {
  const times = os.cpus().map(({ times }) => times)
  const idle = times.reduce((sum, each) => sum + each.idle, 0)
  const total = times.reduce((sum, each) => sum + each.idle + each.user + each.nice + each.sys + each.irq, 0)
  return { at: performance.now(), cpu: { idle, total }, net: readNet(await read('/proc/net/dev')) }
}

interface Times {
  readonly idle: number
  readonly total: number
}

function busy(before: Times, after: Times): number | null {
  const total = after.total - before.total
  if (total <= 0) return null
  return Math.min(100, Math.max(0, round(100 * (1 - (after.idle - before.idle) / total))))
}

async function readMemory() {
  const info = await read('/proc/meminfo')
  const field = (name: string) => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(info)?.[1]
    return found === undefined ? null : Number(found) * 1_024
  }
  const totalBytes = field('MemTotal') ?? os.totalmem()
  const availableBytes = field('MemAvailable') ?? os.freemem()
  const swapTotal = field('SwapTotal')
  const swapFree = field('SwapFree')
  return {
    totalBytes,
    availableBytes,
    usedBytes: Math.max(0, totalBytes - availableBytes),
    swapTotalBytes: swapTotal,
    swapUsedBytes: swapTotal === null || swapFree === null ? null : swapTotal - swapFree,
  }
}

/** File systems on a device, and the root whatever it stands on. A mount that hangs is not waited for. */
async function readDisks() {
  const mounts = (await read('/proc/self/mounts'))
    .split('\n')
    .map(line => line.split(' '))
    .filter(([source = '', mount]) => mount === '/' || source.startsWith('/dev/'))
    .map(([source = '', mount = '/']) => ({ source, mount: mount.replaceAll('\\040', ' ') }))
  const wanted = mounts.length > 0 ? mounts : [{ source: '', mount: '/' }]
  const seen = new Set<string>()
  const found = []
  for (const { source, mount } of wanted.slice(0, 100)) {
    // A device that is mounted at several places is one disk.
    if (source !== '' && seen.has(source)) continue
    seen.add(source)
    const sizes = await Promise.race([
      statfs(mount).catch(() => undefined),
      sleep(1_000, undefined, { ref: false }),
    ])
    if (!sizes || sizes.blocks === 0) continue
    found.push({
      mount,
      sizeBytes: sizes.blocks * sizes.bsize,
      usedBytes: (sizes.blocks - sizes.bfree) * sizes.bsize,
      availableBytes: sizes.bavail * sizes.bsize,
    })
  }
  return found
}

function readNet(text: string): { name: string; receivedBytes: number; sentBytes: number }[] {
  return text.split('\n').flatMap(line => {
    const [, name, rest] = /^\s*([^:\s]+):\s*(.+)$/.exec(line) ?? []
    if (!name || !rest || name === 'lo') return []
    const fields = rest.trim().split(/\s+/).map(Number)
    return [{ name, receivedBytes: fields[0] ?? 0, sentBytes: fields[8] ?? 0 }]
  })
}

async function readTemperatures(): Promise<{ name: string; celsius: number }[] | null> {
  const folder = '/sys/class/thermal'
  const zones = (await readdir(folder).catch(() => [])).filter(name => name.startsWith('thermal_zone'))
  const found = await Promise.all(
    zones.map(async zone => {
      const [name, millis] = await Promise.all([
        read(`${folder}/${zone}/type`),
        read(`${folder}/${zone}/temp`),
      ])
      const celsius = Number(millis.trim()) / 1_000
      return millis.trim() === '' || !Number.isFinite(celsius) ? [] : [{ name: name.trim() || zone, celsius }]
    }),
  )
  const all = found.flat()
  return all.length > 0 ? all : null
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
