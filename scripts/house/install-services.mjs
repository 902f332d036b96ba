import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { findBinary } from './binaries.mjs'
import { outcomeOf } from './command.mjs'
import { during, say } from './say.mjs'
import { services } from './services.mjs'

/** @typedef {import('./services.mjs').Service} Service */
/** @typedef {{ what: string, why: string }} LeftOut */

/** Somebody else's apt may hold the lock; waiting a minute for it beats failing. */
const aptOptions = ['-y', '-o', 'DPkg::Lock::Timeout=60']

/**
 * Installs the services that the tests use and that are not here, where this machine lets us: Debian or
 * Ubuntu, as root. A daemon that a package starts by itself is stopped again.
 *
 * @param {readonly Service[]} [wanted]
 * @returns {Promise<LeftOut[]>} what could not be installed, and why
 * @example
 * await ensureServices() // [{ what: 'rsync (the sync operation)', why: 'not root: …' }]
 */
export async function ensureServices(wanted = services) {
  const missing = wanted.filter(service => findBinary(service.binary) === undefined)
  const obstacle = missing.length > 0 ? whyNot(missing) : undefined
  if (obstacle !== undefined) return missing.map(service => ({ what: describe(service), why: obstacle }))
  /** @type {LeftOut[]} */
  const leftOut = []
  const lists = packageLists()
  for (const service of missing) {
    // One package may have brought the next along.
    if (findBinary(service.binary) !== undefined) continue
    const why = await install(service, lists)
    if (why !== undefined) leftOut.push({ what: describe(service), why })
  }
  return leftOut
}

/** @param {Service} service */
function describe(service) {
  return `${service.package} (${service.purpose})`
}

/** @param {Service[]} missing */
function whyNot(missing) {
  if (findBinary('apt-get') === undefined) return 'not installed, and only apt-get is known here'
  const names = missing.map(service => service.package).join(' ')
  if (process.getuid?.() !== 0) return `not installed; needs root: sudo apt-get install ${names}`
  return undefined
}

const listsFolder = '/var/lib/apt/lists'

/** @param {string} name */
function isPackageList(name) {
  return /_Packages(\.\w+)?$/.test(name)
}

/** The lists of packages are fetched at most once: at once when there are none, else when one is not found. */
function packageLists() {
  let fetched = false
  return {
    empty: () => !existsSync(listsFolder) || !readdirSync(listsFolder).some(isPackageList),
    /** @returns {Promise<boolean>} whether it is worth trying again */
    async refresh() {
      if (fetched) return false
      fetched = true
      return during('fetching the lists of packages', () => apt(['update']), tell).then(({ ok }) => ok)
    },
  }
}

/**
 * @param {Service} service
 * @param {ReturnType<typeof packageLists>} lists
 * @returns {Promise<string | undefined>} why it failed
 */
async function install(service, lists) {
  if (lists.empty()) await lists.refresh()
  const before = daemons(service)
  const attempt = () =>
    during(
      `installing ${describe(service)}`,
      () => apt(['install', '--no-install-recommends', ...aptOptions, service.package]),
      tell,
    )
  let result = await attempt()
  if (!result.ok && (await lists.refresh())) result = await attempt()
  if (!result.ok) return `apt-get failed: ${lastWords(result.output)}`
  await stopStarted(service, before)
  if (findBinary(service.binary) === undefined) return `installed, and still there is no ${service.binary}`
  return undefined
}

/** @param {string[]} args */
function apt(args) {
  return outcomeOf('apt-get', args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  })
}

/** @param {{ ok: boolean }} result */
function tell(result) {
  return result.ok ? 'done' : 'failed'
}

/** @param {string} output */
function lastWords(output) {
  const lines = output.trim().split('\n')
  return (lines.findLast?.(line => line.startsWith('E:')) ?? lines.at(-1) ?? 'no output').trim()
}

/**
 * @param {Service} service
 * @returns {Set<string>} ids of its daemon's processes
 */
function daemons(service) {
  const name = service.daemon?.process
  const ids = readdirSync('/proc').filter(entry => /^\d+$/.test(entry))
  return new Set(name === undefined ? [] : ids.filter(id => commandName(id) === name))
}

/** @param {string} id */
function commandName(id) {
  try {
    return readFileSync(`/proc/${id}/comm`, 'utf8').trim()
  } catch {
    // It ended while we were looking, so it is nobody's daemon.
    return undefined
  }
}

/**
 * @param {Service} service
 * @param {Set<string>} before
 */
async function stopStarted(service, before) {
  if (!service.daemon || [...daemons(service)].every(id => before.has(id))) return
  const { service: name } = service.daemon
  const stopped = await outcomeOf('service', [name, 'stop'], { seconds: 30 })
  const disabled = await outcomeOf('update-rc.d', [name, 'disable'], { seconds: 30 })
  say(
    stopped.ok && disabled.ok
      ? `${service.package} had started its daemon; it is stopped and stays off`
      : `${service.package} started its daemon and it could not be stopped: ${lastWords(stopped.output)}`,
  )
}
