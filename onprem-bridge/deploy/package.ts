import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AgentPackage, AgentPlatform } from '../../src/core/agents.ts'
import { HostTrouble } from '../../src/core/ports.ts'
import { zeromqFiles } from '../../src/run/deploy/zeromq-package.ts'
import { version } from '../../src/run/version.ts'

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
  const zeromq = await zeromqFiles(platform)
  if (zeromq.size === 0)
    throw new HostTrouble(
      'refused',
      `zeromq has no native module for ${name} here, so that no agent runs there; linux and darwin on x64 and arm64 have one`,
    )
  const files = new Map<string, Uint8Array | string>([['agent.mjs', await bundle()]])
  for (const [file, content] of zeromq) files.set(`node_modules/zeromq/${file}`, content)

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
