import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { keepReadings } from '../../test/lab/kept-readings.ts'
import { startMosquitto } from '../../test/lab/mosquitto.ts'
import { makeProject } from './project.ts'
import { openTerminal, type Terminal } from './terminal.ts'

const flows = `
import { every, flow, pretty, schedule, sensor, transform, pipe, watch } from 're-ops'
import * as z from 'zod'

const input = z.strictObject({})
const told = text => flow({ input, steps: pipe(transform(() => text), pretty()) })
export const stopCloset = told('the closet is shut down')
export const startCloset = told('the closet is up')
export const startMining = told('the miners run')
export const stopMining = told('the miners rest')
export const heat = sensor('closet/temperature', { maxAge: '5m', unit: '°C' })
export const solar = sensor('solar/power', { maxAge: '5m', unit: 'W' })
export const tooHot = watch('too-hot', {
  sensor: heat, when: celsius => celsius > 70, for: '5m', clears: celsius => celsius < 55,
  cooldown: '30m', budget: { actions: 3, per: '1d' }, flow: stopCloset, onClear: startCloset,
})
export const sunny = watch('sunny', {
  sensor: solar, when: watts => watts > 10_000, on: 'edge', clears: watts => watts < 8_000,
  cooldown: '10m', flow: startMining, onClear: stopMining,
})
export const nightly = schedule(stopMining, every.day('22:00', 'Europe/Berlin'))
`

const hour = 3_600_000

/** A day as sensors tell it: the sun until now, and a closet that gets warmer. */
async function fillDay(project: string): Promise<void> {
  const now = Date.now()
  const readings = Array.from({ length: 24 * 12 }, (_, index) => {
    const ago = 24 - index / 12
    const sun = Math.max(0, Math.sin(((24 - ago - 10) / 14) * Math.PI * 0.62))
    return [
      { sensor: 'closet/temperature', at: now - ago * hour, value: Math.round(48 + 20 * sun + (index % 5)) },
      { sensor: 'solar/power', at: now - ago * hour, value: Math.round(11_500 * sun) },
    ]
  }).flat()
  await keepReadings(
    project,
    readings.map(one => ({ ...one, topic: one.sensor })),
  )
}

/** A real broker, a real daemon, and what it says of its sensors and why it does not act yet, as a terminal in a folder shows it. */
export async function showWatch(terminal: Terminal, folder: string, root: string, systemPath: string) {
  const project = await makeProject({ folder, root }, 'watched', flows)
  const broker = await startMosquitto()
  try {
    await writeFile(
      path.join(project, 'reops.config.ts'),
      `export default { broker: { url: '${broker.url}' }, daemon: { metrics: '127.0.0.1:0' } }\n`,
    )
    await fillDay(project)
    await using daemon = await openTerminal({
      columns: 200,
      folder: project,
      path: `${folder}:${systemPath}`,
    })
    await daemon.type('reops up')
    await daemon.until('is up, as process')
    const client = await broker.client()
    await client.publishAsync('closet/temperature', '74')
    await client.publishAsync('solar/power', '11240')
    await daemon.until('the miners run')
    await terminal.type('cd watched')
    await terminal.type('clear')
    for (const [command, last] of [
      ['reops sensors', /solar\/power .*W/],
      ['reops explain too-hot', /\$ reops explain[\s\S]*What it decided[\s\S]*74/],
      ['reops explain sunny', /\$ reops explain sunny[\s\S]*11240/],
    ] as const) {
      await terminal.type(command)
      await terminal.until(shown => last.test(shown) && shown.trimEnd().endsWith('$'))
    }
    const shown = await terminal.until('reops explain sunny')
    await daemon.type('\u0003')
    await daemon.until('down')
    const lines = shown.trimEnd().split('\n')
    return lines
      .slice(
        lines.findLastIndex(line => line.includes('reops sensors')),
        -1,
      )
      .join('\n')
  } finally {
    await broker.close()
  }
}
