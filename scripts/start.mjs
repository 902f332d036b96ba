// `npm start`: installs what is missing, then opens the demonstration. Plain JavaScript for Node 18 and
// newer, because it runs before anything is installed.
import { fileURLToPath } from 'node:url'
import { onInstalledNode } from '../bin/installed-node.js'
import { ensurePackages } from './house/packages.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

if (await ensurePackages(root)) onInstalledNode(`${root}bin/reops.js`, ['demo', ...process.argv.slice(2)])
else process.exitCode = 1
