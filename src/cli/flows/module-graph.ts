import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Words by which a module could look at anything but its own graph: time, chance, environment, files, network, or code
 * that is made at run time. One that has none of them answers the same as long as its files are the same.
 */
const ambient =
  /\b(?:process|globalThis|global|eval|Function|constructor|require|Date|random|performance|crypto|fetch|WebSocket|EventSource|navigator|localStorage|sessionStorage|Intl|toLocale\w+)\b|\bimport\s*[(.]|\\u/

/** The files of this package and of zod, which read nothing that would change a listing. */
const trusted = /[/\\]node_modules[/\\]zod[/\\]/
const ownRoot = fileURLToPath(new URL('../../../', import.meta.url))

/** The modules that were loaded while somebody watched. */
export interface ModuleGraph {
  readonly files: ReadonlySet<string>
  /** What, besides these files, decides what is loaded: every package.json and node_modules on the way up. */
  readonly surroundings: ReadonlySet<string>
  /** Whether nothing but these files can change what the modules are. */
  readonly closed: boolean
}

/** One import: which module asked, for what, and what it got. */
interface Edge {
  readonly from: string | undefined
  readonly specifier: string
  readonly to: string
}

/** Modules that are loaded already are not loaded again, so that only the first look in a process sees all. */
let watched = false

/** Watches which modules are loaded from now on; the answer stops it. */
export function watchModules(): () => ModuleGraph {
  const first = !watched
  watched = true
  const edges: Edge[] = []
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      edges.push({ from: context.parentURL, specifier, to: resolved.url })
      return resolved
    },
  })
  return () => {
    hooks.deregister()
    const files = new Set(edges.flatMap(({ to }) => (to.startsWith('file:') ? [fileURLToPath(to)] : [])))
    const foreign = [...files].filter(file => !isTrusted(file))
    return {
      files,
      surroundings: new Set(foreign.flatMap(surroundingsOf)),
      closed:
        first && edges.every(staysInside) && foreign.every(file => !ambient.test(readFileSync(file, 'utf8'))),
    }
  }
}

/**
 * Whether an import leads where its files and surroundings say: a relative one to the very file that it names, not
 * through a link that may lead elsewhere tomorrow; a package only to ours or zod, and never to Node's own modules.
 */
function staysInside({ from, specifier, to }: Edge): boolean {
  if (!from?.startsWith('file:') || isTrusted(fileURLToPath(from))) return true
  if (specifier.startsWith('.')) return new URL(specifier, from).href === to
  return /^(?:re-ops|zod)(?:\/|$)/.test(specifier)
}

/** The flows that ship with this package are somebody's to edit, so they are looked at like anybody's. */
function isTrusted(file: string): boolean {
  return trusted.test(file) || file.startsWith(path.join(ownRoot, 'src') + path.sep)
}

function surroundingsOf(file: string): string[] {
  const folder = path.dirname(file)
  const here = [path.join(folder, 'package.json'), path.join(folder, 'node_modules')]
  return folder === path.dirname(folder) ? here : [...here, ...surroundingsOf(folder)]
}
