import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { handOver } from './hand-over.js'

/** Where `npm ci` puts the Node that this package names among its dependencies. */
export const installedNode = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))

/**
 * Runs a script with the installed Node 24 in place of this process, or says which Node is missing.
 * Written for the Node that the system has, which may be too old for the rest of the code.
 *
 * @param {string} script
 * @param {string[]} args
 * @example
 * onInstalledNode('bin/reops.js', ['flows'])
 */
export function onInstalledNode(script, args) {
  if (existsSync(installedNode)) {
    handOver(installedNode, [script, ...args])
    return
  }
  process.stderr.write(
    `reops needs Node 24 or newer and this is ${process.version}. ` +
      'Install Node 24, or run `npm ci` in the checkout, which brings its own.\n',
  )
  process.exitCode = 2
}
