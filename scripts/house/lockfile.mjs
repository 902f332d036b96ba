import { platformOf } from './platform.mjs'

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {Record<string, string>} [optionalDependencies]
 */

/**
 * The optional packages that the lockfile speaks of and has no entry for. npm leaves out those that its
 * registry doesn't hold, and then `npm ci` refuses the lockfile that npm wrote.
 *
 * @param {Record<string, LockEntry>} packages
 * @returns {{ path: string, name: string, range: string, parent: LockEntry }[]}
 * @example
 * missingEntries({ 'node_modules/a': { optionalDependencies: { b: '1.0.0' } } })[0]?.path // 'node_modules/b'
 */
export function missingEntries(packages) {
  return Object.entries(packages).flatMap(([path, parent]) =>
    Object.entries(parent.optionalDependencies ?? {})
      .filter(
        ([name]) => !(`${path}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages),
      )
      .map(([name, range]) => ({ path: `node_modules/${name}`, name, range, parent })),
  )
}

/**
 * The packages with an entry for each that was missing. It carries no checksum, which only a registry that
 * holds the package could tell, and its platform, so that no other one asks for it.
 *
 * @param {Record<string, LockEntry>} packages
 * @throws when a missing package is not one of a platform, or is not asked for by an exact version
 */
export function completed(packages) {
  const added = missingEntries(packages).map(({ path, name, range, parent }) => {
    const platform = platformOf(name)
    if (!platform || !/^\d+\.\d+\.\d+$/.test(range)) {
      throw new Error(
        `${name}@${range} is missing from the lockfile: a registry that holds it has to write it`,
      )
    }
    const entry = { version: range, ...platform, ...(parent.dev && { dev: true }), optional: true }
    // npm writes the fields of an entry by name, behind the version.
    const fields = Object.entries(entry).sort(([a], [b]) => rank(a).localeCompare(rank(b)))
    return [path, Object.fromEntries(fields)]
  })
  const all = { ...packages, ...Object.fromEntries(added) }
  const paths = Object.keys(all).sort((a, b) => (a < b ? -1 : 1))
  return Object.fromEntries(paths.map(path => [path, all[path]]))
}

/** @param {string} field */
function rank(field) {
  return field === 'version' ? '' : field
}
