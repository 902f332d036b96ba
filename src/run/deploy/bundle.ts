import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Metafile } from 'esbuild'
import { InvalidConfig } from '../../core/errors.ts'
import { wordsOfBundler } from '../bundler-words.ts'
import { inProject, type Project } from './in-project.ts'
import { zeromqFiles } from './zeromq-package.ts'

/** Lambda's processors, by Node's names. */
export type Arch = 'arm64' | 'x64'

export interface BundleOptions {
  /** A folder of `functions`, such as `ec2`; what is none is bundled as the generic one. */
  readonly capability: string
  readonly project: Project
  /** Where its folder is made; one of that name is replaced. */
  readonly outdir: string
  /** True when left out. */
  readonly minify?: boolean | undefined
  /** Whose native modules go along; `arm64` when left out. */
  readonly arch?: Arch | undefined
}

/** A function as Lambda takes it: a folder, whose entry exports `handler`. */
export interface FunctionBundle {
  readonly folder: string
  readonly entry: 'index.mjs'
  /** Of all files together. */
  readonly bytes: number
  /** The SHA-256 of all files: the same project makes the same bundle, wherever it is. */
  readonly sha256: string
  /** What it is made of, as esbuild tells it. */
  readonly metafile: Metafile
}

const root = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * What every file of a bundle begins with. Packages of which some are CommonJS expect `require`, which a module has to make
 * itself. zod writes and compiles a function for every schema that it meets, which pays off after many uses of it and not
 * in a process that has just been started.
 */
const banner = [
  "import { createRequire as $require } from 'node:module'",
  'const require = $require(import.meta.url)',
  'globalThis.__zod_globalConfig ??= { jitless: true }',
].join('; ')

/** Capabilities with a function of their own; operations of any other are found in the flows. */
const shipped: ReadonlySet<string> = new Set([
  'code',
  'ec2',
  'spot',
  'ssm',
  'store',
  'bridge',
  'notify',
  'alexa',
  'webhook',
  'watch',
])

/**
 * Bundles one function with the project's flows. What is only needed at times (a client of AWS, say) is in files of its
 * own, which are loaded when it is needed. Source maps stand beside the folder and are not deployed.
 *
 * Throws `InvalidConfig` where the flows don't load, don't compile or don't bundle.
 *
 * @example
 * const project = { folder: '/home/ops/closet', flows: '/home/ops/closet/flows/index.ts' }
 * const { folder } = await bundleFunction({ capability: 'code', project, outdir: 'cdk.out/functions' })
 */
export async function bundleFunction(options: BundleOptions): Promise<FunctionBundle> {
  const { capability, project, minify = true, arch = 'arm64' } = options
  const { build } = await import('esbuild')
  const entry = shipped.has(capability) ? capability : 'capability'
  const built = await build({
    absWorkingDir: root,
    entryPoints: { index: `functions/${entry}/index.ts` },
    plugins: [await inProject(root, project)],
    // Nothing is written there; sources in maps are named from it, whatever the folder of the bundle is.
    outdir: root,
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // The modules of a package before its CommonJS: they can be shaken.
    mainFields: ['module', 'main'],
    external: ['zeromq'],
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[hash]',
    banner: { js: banner },
    minify,
    // Retry and Catch match names of errors, and states are called by names of functions.
    keepNames: true,
    sourcemap: 'external',
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
  }).catch((cause: unknown) => {
    throw new InvalidConfig(
      `the function ${capability} of ${project.flows} does not bundle: ${wordsOfBundler(cause)}`,
      {
        cause,
      },
    )
  })

  const files = new Map<string, Uint8Array | string>()
  const maps = new Map<string, Uint8Array>()
  for (const { path: at, contents } of built.outputFiles) {
    const name = path.relative(root, at).split(path.sep).join('/')
    if (name.endsWith('.map')) maps.set(name, contents)
    else files.set(name, contents)
  }
  if (usesZeromq(built.metafile)) {
    const platform = { os: 'linux', arch, libc: 'glibc' } as const
    for (const [name, content] of await zeromqFiles(platform))
      files.set(`node_modules/zeromq/${name}`, content)
  }
  const folder = path.join(path.resolve(options.outdir), capability)
  await writeAll(folder, files)
  await writeAll(`${folder}.maps`, maps)
  return { folder, entry: 'index.mjs', ...measured(files), metafile: built.metafile }
}

function usesZeromq({ outputs }: Metafile): boolean {
  return Object.values(outputs).some(({ imports }) =>
    imports.some(one => one.external && one.path === 'zeromq'),
  )
}

function measured(files: ReadonlyMap<string, Uint8Array | string>): { bytes: number; sha256: string } {
  const hash = createHash('sha256')
  let bytes = 0
  for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    bytes += Buffer.byteLength(content)
    hash.update(`${name}\0${createHash('sha256').update(content).digest('hex')}\n`)
  }
  return { bytes, sha256: hash.digest('hex') }
}

async function writeAll(folder: string, files: ReadonlyMap<string, Uint8Array | string>): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  for (const [name, content] of files) {
    const file = path.join(folder, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, content)
  }
}
