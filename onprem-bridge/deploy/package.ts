import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AgentPackage, AgentPlatform } from '../../src/core/agents.ts'
import { HostTrouble } from '../../src/core/ports.ts'
import { version } from '../../src/run/version.ts'
import { loadAddonText } from './load-addon-text.ts'
import { nativeModules } from './native-modules.ts'

/** The oldest Node that the bundle is made for; older ones are refused by the operation. */
const target = 'node20'

/** A bundle finds nothing beside it but zeromq and what Node has itself, and Node 20 lacks one thing that ours has. */
const banner = `import { createRequire as $require } from 'node:module'
const require = $require(import.meta.url)
Promise.withResolvers ??= () => {
  const all = {}
  all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }))
  return all
}`

/** The zeromq package, its licences included, without what only its older interface needs. */
const zeromqFiles = ['lib/index.js', 'lib/draft.js', 'lib/native.js', 'lib/util.js']
const licences = ['LICENSE.txt', 'LICENSE_MPL-2.0.txt']

/** Packages are small; two of each platform let a bridge go back without making one again. */
const kept = 2

/**
 * Makes packages of the agent: `agent.mjs`, in which all is but zeromq, and `node_modules/zeromq` with the native module
 * of one platform. They are kept in a folder by what is in them, and one that is there is not made again.
 *
 * @example
 * const { folder } = await openPackages('.reops/agents')({ os: 'linux', arch: 'arm64', libc: 'musl' })
 */
export function openPackages(folder: string): (platform: AgentPlatform) => Promise<AgentPackage> {
  const making = new Map<string, Promise<AgentPackage>>()
  let bundled: Promise<Uint8Array> | undefined
  const bundle = () => {
    bundled ??= bundleAgent()
    return bundled
  }
  return platform => {
    const name = `${platform.os}-${platform.arch}-${platform.libc}`
    const known = making.get(name)
    if (known) return known
    const made = make(folder, name, platform, bundle)
    making.set(name, made)
    made.catch(() => {
      making.delete(name)
      bundled = undefined
    })
    return made
  }
}

async function make(
  folder: string,
  name: string,
  platform: AgentPlatform,
  bundle: () => Promise<Uint8Array>,
): Promise<AgentPackage> {
  const zeromq = path.dirname(createRequire(import.meta.url).resolve('zeromq/package.json'))
  const natives = nativeModules(zeromq, platform)
  if (natives.length === 0)
    throw new HostTrouble(
      'refused',
      `zeromq has no native module for ${name} here, so that no agent runs there; linux and darwin on x64 and arm64 have one`,
    )
  const files = new Map<string, Uint8Array | string>([['agent.mjs', await bundle()]])
  const into = (file: string) => `node_modules/zeromq/${file}`
  for (const file of [...zeromqFiles, ...licences.filter(one => existsSync(path.join(zeromq, one)))])
    files.set(into(file), await readFile(path.join(zeromq, file)))
  for (const [index, file] of natives.entries()) files.set(into(`native/${index}.node`), await readFile(file))
  files.set(into('lib/load-addon.js'), loadAddonText(natives.length))
  files.set(into('package.json'), manifestOf(zeromq))

  const sha256 = hashOf(files)
  const at = path.join(folder, `${name}-${sha256}`)
  if (!existsSync(at)) await writeWhole(folder, at, files)
  await forget(folder, name, at)
  return { release: version(), sha256, folder: at }
}

/** esbuild is only loaded when an agent is deployed. */
async function bundleAgent(): Promise<Uint8Array> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    entryPoints: ['onprem-bridge/agent/main.ts'],
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target,
    external: ['zeromq'],
    banner: { js: banner },
    logLevel: 'silent',
  })
  return outputFiles[0]!.contents
}

function manifestOf(zeromq: string): string {
  const { name, version, license, main } = JSON.parse(
    readFileSync(path.join(zeromq, 'package.json'), 'utf8'),
  ) as Record<string, unknown>
  return `${JSON.stringify({ name, version, license, main, type: 'commonjs' })}\n`
}

function hashOf(files: ReadonlyMap<string, Uint8Array | string>): string {
  const hash = createHash('sha256')
  for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name}\0${createHash('sha256').update(content).digest('hex')}\n`)
  return hash.digest('hex')
}

/** A folder is there with all that is in it, or not at all. */
async function writeWhole(
  folder: string,
  at: string,
  files: ReadonlyMap<string, Uint8Array | string>,
): Promise<void> {
  const half = path.join(folder, `.half-${randomUUID()}`)
  try {
    for (const [name, content] of files) {
      const file = path.join(half, name)
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
      await writeFile(file, content, { mode: 0o600 })
    }
    await rename(half, at)
  } catch (error) {
    await rm(half, { recursive: true, force: true })
    // Another process was faster, and made the same.
    if (!existsSync(at)) throw error
  }
}

async function forget(folder: string, name: string, current: string): Promise<void> {
  const others = (await readdir(folder)).filter(
    one => one.startsWith(`${name}-`) && path.join(folder, one) !== current,
  )
  for (const one of others.slice(0, Math.max(0, others.length - kept + 1)))
    await rm(path.join(folder, one), { recursive: true, force: true })
}
