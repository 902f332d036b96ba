// `npm test`: installs what the tests need, then runs them; arguments go to vitest. What could not be
// installed is left out and named at the end; with REOPS_REQUIRE_ALL=1 leaving anything out is a failure.
// Plain JavaScript for Node 18 and newer, because it runs before anything is installed.
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { handOver } from '../bin/hand-over.js'
import { installedNode } from '../bin/installed-node.js'
import { ensureServices } from './house/install-services.mjs'
import { ensurePackages } from './house/packages.mjs'
import { plainOffTerminal } from './house/plain.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

if (await ensurePackages(root)) {
  const leftOut = await ensureServices()
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
  handOver(installedNode, [vitest, 'run', '--root', root, ...process.argv.slice(2)], {
    ...plainOffTerminal(process.env),
    PATH: `${dirname(installedNode)}${delimiter}${process.env.PATH ?? ''}`,
    REOPS_LEFT_OUT: JSON.stringify(leftOut),
  })
} else {
  process.exitCode = 1
}
