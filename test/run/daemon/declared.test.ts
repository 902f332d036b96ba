import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/run/config.ts'
import { loadDeclared } from '../../../src/run/daemon/declared.ts'
import { project } from '../../cli/harness.ts'

/** One of each kind and place, called after the place that it says. */
const flows = `
import { every, flow, pretty, schedule, sensor, watch, webhook, wemo } from 're-ops'
import * as z from 'zod'
export const report = flow({ input: z.looseObject({}), steps: pretty() })
const heat = sensor('heat')
const watching = (name, more) => watch(name, { sensor: heat, when: value => value > 70, flow: report, ...more })
const hook = (path, more) => webhook(path, report, { secret: { parameter: '/hook' }, ...more })
const home = { runs: 'daemon' }
const cloud = { runs: 'cloud' }
export const at = schedule(report, every.hours(1), {})
export const atHome = schedule(report, every.hours(1), {}, home)
export const atCloud = schedule(report, every.hours(1), {}, cloud)
export const hot = watching('hot')
export const hotHome = watching('hot-home', home)
export const hotCloud = watching('hot-cloud', cloud)
export const pushed = hook('any')
export const pushedHome = hook('home', home)
export const pushedCloud = hook('cloud', cloud)
export const plex = wemo('plex', { on: report, off: report, ...cloud })
`

async function declared(config: object) {
  const folder = await project({
    'flows/index.ts': flows,
    'reops.config.ts': `export default ${JSON.stringify(config)}\n`,
  })
  return loadDeclared(await loadConfig(path.join(folder, 'reops.config.ts')))
}

const names = ({ schedules, watches, webhooks }: Awaited<ReturnType<typeof declared>>['inCloud']) =>
  [schedules, watches, webhooks].map(some => [...some.keys()])

describe('what triggers something is kept in one place', () => {
  test('at home where nothing says another', async () => {
    const all = await declared({})
    expect(names(all)).toEqual([
      ['at', 'atHome'],
      ['hot', 'hot-home'],
      ['pushed', 'pushedHome'],
    ])
    expect(names(all.inCloud)).toEqual([['atCloud'], ['hot-cloud'], ['pushedCloud']])
  })

  test('where the configuration says, unless it says so itself', async () => {
    const all = await declared({ runs: 'cloud' })
    expect(names(all)).toEqual([['atHome'], ['hot-home'], ['pushedHome']])
    expect(names(all.inCloud)).toEqual([
      ['at', 'atCloud'],
      ['hot', 'hot-cloud'],
      ['pushed', 'pushedCloud'],
    ])
  })

  test('sensors and switches are at home wherever something is done about them', async () => {
    const { sensors, wemos } = await declared({ runs: 'cloud' })
    expect([...sensors.keys()]).toEqual(['heat'])
    expect(wemos).toMatchObject([{ name: 'plex', runs: 'cloud' }])
  })

  test('and nowhere else', async () => {
    await expect(declared({ runs: 'everywhere' })).rejects.toThrow('runs')
  })
})
