// `npm run lockfile`, after the dependencies changed: writes package-lock.json anew and gives it the
// entries of other platforms that the registry here doesn't hold, so that `npm ci` works everywhere.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { completed } from './house/lockfile.mjs'

const file = join(fileURLToPath(new URL('..', import.meta.url)), 'package-lock.json')

execFileSync('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund', '--loglevel=error'], {
  cwd: join(file, '..'),
  stdio: ['ignore', 'ignore', 'inherit'],
})
const lock = JSON.parse(readFileSync(file, 'utf8'))
writeFileSync(file, `${JSON.stringify({ ...lock, packages: completed(lock.packages) }, null, 2)}\n`)
