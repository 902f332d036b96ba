import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject } from './harness.ts'
import { reops } from './real.ts'

let folder: string
beforeAll(async () => {
  folder = await makeProject({
    'flows/index.ts': `export * from ${JSON.stringify('./listing.ts')}`,
    'flows/listing.ts': listing,
  })
  await sleep(2_300)
  await reops(['flows'], { cwd: folder })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const listing = `
import { flow, query } from 're-ops'
import * as z from 'zod'
export const listing = flow({ input: z.strictObject({}), steps: query('$states.input') })
`

/** Says on stderr which modules are loaded. */
const log = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({
    load(url, context, next) {
      process.stderr.write('loads ' + url + '\\n')
      return next(url, context)
    },
  })
`)}`

/** What costs more to load than everything that a listing or a help text needs. */
const heavy = /\/node_modules\/|\/src\/(?:core|compile|executor|operations|transports|index\.ts)/

test.each([
  ...[[['--help']], [['--version']], [['run', '--help']], [['exec', '--help']], [['flows']]],
  ...[[['list', '--help']], [['create', '--help']], [['stop', '--help']], [['template', '--help']]],
] as const)('reops %j loads nothing heavy', async words => {
  const { status, stderr } = await reops(words, { cwd: folder, node: ['--import', log] })
  const loaded = stderr
    .split('\n')
    .flatMap(line => (line.startsWith('loads file:') ? [line.slice('loads '.length)] : []))
  expect(loaded).toContainEqual(expect.stringContaining('/src/cli/dispatch.ts'))
  expect(loaded.filter(url => heavy.test(url))).toEqual([])
  expect(status).toBe(0)
})
