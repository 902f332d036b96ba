// `npm run verify`: every check of the house, the cheap ones first, the tests last. All the cheap ones
// run, so that one pass names everything that is wrong; the tests run once they agree.
import { delimiter, dirname } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { handOver } from '../bin/hand-over.js'
import { installedNode } from '../bin/installed-node.js'
import { outcomeOf } from './house/command.mjs'
import { ensurePackages } from './house/packages.mjs'
import { during, say } from './house/say.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const tools = dirname(installedNode)

/** @type {readonly [string, string, string[]][]} */
const checks = [
  ['format and lint', 'biome', ['ci', '--colors=off', '--diagnostic-level=warn', '--error-on-warnings']],
  ['dependency rules', 'node', ['scripts/house/dependency-rules.mjs']],
  ['unused code', 'knip', []],
  ['types', 'tsc', ['--noEmit', '--project', '.']],
  ['type tests', 'tstyche', []],
]

/** A check that takes this long hangs. */
const checkSeconds = 300

if (!(await ensurePackages(root))) process.exit(1)

const env = { ...process.env, NO_COLOR: '1', PATH: `${tools}${delimiter}${process.env.PATH ?? ''}` }
const failed = []
for (const [name, command, args] of checks) {
  const { ok, output } = await during(
    name,
    () => outcomeOf(command, args, { cwd: root, env, seconds: checkSeconds }),
    result => (result.ok ? 'ok' : 'FAILED'),
  )
  if (ok) continue
  failed.push(name)
  process.stderr.write(`${output.trim()}\n\n`)
}
if (failed.length === 0) handOver(installedNode, [`${root}scripts/test.mjs`, ...process.argv.slice(2)])
else {
  say(`failed: ${failed.join(', ')}; the tests were not run`)
  process.exitCode = 1
}
