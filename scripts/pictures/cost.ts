import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeProject } from './project.ts'
import type { Terminal } from './terminal.ts'

/** Flows that wait for machines, and their schedules. */
const flows = `
import { create, ec2, every, exec, flow, hypervisor, map, named, pick, pipe, pretty, schedule, start, stop, successful, systems } from 're-ops'
import * as z from 'zod'

const input = z.strictObject({})
const fleet = systems(hypervisor('ec2'))
export const night = flow({ input, steps: pipe(fleet, stop({ grace: '2m' }), pretty()) })
export const morning = flow({ input, steps: pipe(fleet, start(), exec('uptime'), pick(successful), pretty()) })
export const load = flow({
  input,
  steps: pipe(fleet, exec('cut -d" " -f1 /proc/loadavg'), map(r => Number(r.stdout)), pick(r => r.ok && r.value > 4), pretty()),
})
export const lab = flow({ input, steps: pipe(create(ec2('t4g.small'), named('lab'), 3), exec('./prepare'), pretty()) })
export const nightly = schedule(night, every.weekday('22:00', 'Europe/Berlin'), {})
export const early = schedule(morning, every.weekday('07:30', 'Europe/Berlin'), {})
export const often = schedule(load, every.minutes(15), {})
`

/** What those flows cost in AWS, as a terminal in a folder shows it. */
export async function showCost(terminal: Terminal, folder: string, root: string): Promise<string> {
  const project = await makeProject({ folder, root }, 'fleet', flows)
  await writeFile(
    path.join(project, 'reops.config.ts'),
    `export default { runs: 'cloud', aws: { region: 'eu-central-1' } }\n`,
  )
  await terminal.type('cd fleet')
  await terminal.type('clear')
  await terminal.type('reops cost')
  const shown = await terminal.until('instances, data and logs are not in it')
  const lines = shown.split('\n')
  const first = lines.findLastIndex(line => line.includes('reops cost'))
  const last = lines.findLastIndex(line => line.includes('are not in it'))
  return lines.slice(first, last + 1).join('\n')
}
