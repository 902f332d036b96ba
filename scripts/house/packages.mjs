import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { outcomeOf } from './command.mjs'
import { during } from './say.mjs'

/** npm's own record of what it put into node_modules; it removes it first and writes it last. */
const installedRecord = 'node_modules/.package-lock.json'

/** Long enough for a slow line; an install without a deadline could hang a run for ever. */
const installSeconds = 900

/**
 * Why the packages of the lockfile have to be installed, or undefined when they all are. The network is
 * not asked, so that an installed checkout works without one. Packages for other platforms are optional
 * and not missed.
 *
 * @param {string} root
 * @returns {string | undefined}
 * @throws when the checkout has no package-lock.json
 * @example
 * whyInstall(process.cwd()) // 'nothing is installed yet'
 */
export function whyInstall(root) {
  const wanted = lockedPackages(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const record = readRecord(join(root, installedRecord))
  if (record === undefined) return 'nothing is installed yet'
  const installed = lockedPackages(record)
  const differing = Object.keys(wanted).filter(
    path => path !== '' && !isOptional(wanted[path]) && installed[path]?.version !== wanted[path]?.version,
  )
  const [first] = differing
  if (first === undefined) return undefined
  const others = differing.length > 1 ? ` and ${differing.length - 1} more` : ''
  return `package-lock.json changed: ${first.replace(/^.*node_modules\//, '')}${others}`
}

/**
 * Installs the npm packages where that is needed. npm's own words are shown only when it fails.
 *
 * @param {string} root
 * @returns {Promise<boolean>} false when npm failed; its error has been printed
 * @example
 * if (!(await ensurePackages(root))) process.exit(1)
 */
export async function ensurePackages(root) {
  const why = whyInstall(root)
  if (why === undefined) return true
  const { ok, output } = await during(
    `installing the npm packages (${why})`,
    () => npm(root, ['ci', '--no-audit', '--no-fund', '--loglevel=error']),
    result => (result.ok ? 'done' : 'failed'),
  )
  if (!ok) {
    process.stderr.write(
      `${output.trimEnd()}\n\`npm ci\` failed; its words are above. Run it again when mended.\n`,
    )
  }
  return ok
}

/**
 * npm runs with the Node that it was started with: the one in node_modules goes away while npm replaces it.
 *
 * @param {string} root
 * @param {string[]} args
 */
function npm(root, args) {
  const { npm_execpath: script, npm_node_execpath: node } = process.env
  const [command, prefix] = script && node ? [node, [script]] : ['npm', []]
  return outcomeOf(command, [...prefix, ...args], { cwd: root, seconds: installSeconds })
}

/** @typedef {{ version?: string, optional?: boolean, devOptional?: boolean }} LockedPackage */

/** @param {LockedPackage | undefined} locked */
function isOptional(locked) {
  return locked?.optional === true || locked?.devOptional === true
}

/**
 * @param {string} text
 * @returns {Record<string, LockedPackage>}
 */
function lockedPackages(text) {
  return JSON.parse(text).packages ?? {}
}

/** @param {string} path */
function readRecord(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
