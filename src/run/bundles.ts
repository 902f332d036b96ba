import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import path from 'node:path'
import type { Bundle, BundlesPort } from '../core/bundles.ts'
import { ReopsError } from '../core/errors.ts'
import { wordsOfBundler } from './bundler-words.ts'

/** A function and what it imports can't be made one file. */
class BundleFailed extends ReopsError {
  override readonly name = 'BundleFailed'
  override readonly slug = 'bundle-failed'
}

interface Kept {
  readonly bundle: Bundle
  /** The files that it was made of, with the SHA-256 of their content. */
  readonly inputs: ReadonlyMap<string, string>
}

/** A module that is loaded from the agent's folder finds nothing beside it, but what Node has itself. */
const banner =
  "import { createRequire as $require } from 'node:module'; const require = $require(import.meta.url);"

/** Bundles that are kept in memory; a closet has no more functions than that. */
const mostKept = 200

/**
 * Bundles functions of the project in a folder: the nearest one with a package.json, from `folder` upwards. A bundle is
 * made again when one of its files has another content. esbuild is loaded with the first.
 */
export function openBundlesPort(folder: string): BundlesPort {
  const project = projectOf(folder)
  const kept = new Map<string, Kept>()
  const making = new Map<string, Promise<Bundle>>()

  const make = async (file: string, name: string): Promise<Bundle> => {
    const key = `${file}\0${name}`
    const known = kept.get(key)
    if (known && (await isCurrent(known))) return known.bundle
    const fresh = await build(project, await insideOf(project, file), name)
    kept.delete(key)
    kept.set(key, fresh)
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) break
      kept.delete(oldest)
    }
    return fresh.bundle
  }
  return {
    // Many hosts ask for the same at once.
    bundle(file, name) {
      const key = `${file}\0${name}`
      const under = making.get(key)
      if (under) return under
      const work = make(file, name).finally(() => making.delete(key))
      making.set(key, work)
      return work
    },
  }
}

/** The folder with the nearest package.json, from a folder upwards; that folder itself where there is none. */
function projectOf(folder: string): string {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if (existsSync(path.join(at, 'package.json'))) return at
    if (path.dirname(at) === at) return path.resolve(folder)
  }
}

/** What is sent to agents comes out of the project, whatever the arguments of a step say. */
async function insideOf(project: string, file: string): Promise<string> {
  const [root, full] = await Promise.all([
    realpath(project),
    realpath(path.join(project, file)).catch((cause: unknown) => {
      throw new BundleFailed(
        `${file} is not in ${project}; correct the file of agentFunction, or bring it there`,
        {
          cause,
        },
      )
    }),
  ])
  if (full.startsWith(`${root}${path.sep}`)) return full
  throw new BundleFailed(
    `${file} leads out of ${project}; a function for agents comes from a file of the project`,
  )
}

async function build(project: string, file: string, name: string): Promise<Kept> {
  const { build: bundle } = await import('esbuild')
  const entry = `export { ${JSON.stringify(name)} as default } from ${JSON.stringify(file)}`
  try {
    const { outputFiles, metafile } = await bundle({
      stdin: { contents: entry, resolveDir: project, sourcefile: 'agent-function.ts' },
      absWorkingDir: project,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      banner: { js: banner },
      logLevel: 'silent',
    })
    const source = outputFiles[0]!.contents
    const files = Object.keys(metafile.inputs).map(each => path.resolve(project, each))
    const inputs = await Promise.all(
      files.filter(existsSync).map(async each => [each, hashOf(await readFile(each))] as const),
    )
    return { bundle: { sha256: hashOf(source), source }, inputs: new Map(inputs) }
  } catch (cause) {
    throw new BundleFailed(
      `${name} of ${path.relative(project, file)} does not bundle: ${wordsOfBundler(cause)}`,
      {
        cause,
      },
    )
  }
}

async function isCurrent({ inputs }: Kept): Promise<boolean> {
  const same = await Promise.all(
    [...inputs].map(async ([file, hash]) => {
      const content = await readFile(file).catch(() => undefined)
      return content !== undefined && hashOf(content) === hash
    }),
  )
  return same.every(Boolean)
}

function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
