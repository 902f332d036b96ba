import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Plugin } from 'esbuild'
import { compile } from '../../compile/compile.ts'
import { InvalidConfig } from '../../core/errors.ts'
import { flowsIn } from '../flows-in.ts'

/** A user's project, as far as its functions are made of it. Paths are absolute. */
export interface Project {
  readonly folder: string
  /** The file that exports the flows. */
  readonly flows: string
}

/**
 * What a bundle has in the place of modules of ours. A flow was checked when it was deployed and its functions for agents
 * travel in the states; checks, of time zones as well, would only take time, and what a bundler makes of a function's text would not pass them.
 */
const replaced: Readonly<Record<string, string>> = {
  'src/compile/check/check.ts': 'functions/shared/instead/check.ts',
  'src/operations/agents/function-text.ts': 'functions/shared/instead/function-text.ts',
  'src/core/schedule/zone-as-written.ts': 'functions/shared/instead/zone-as-written.ts',
}

/**
 * Puts a project into a bundle: its flows with the versions that they have been compiled to, and ourselves as `re-ops`.
 * Modules of ours are left out where nothing of them is used, as importing them alone does nothing.
 */
export async function inProject(root: string, project: Project): Promise<Plugin> {
  const versions = await versionsOf(project)
  const own = [path.join(root, 'src') + path.sep, path.join(root, 'functions') + path.sep]
  const isOwn = (file: string) => own.some(folder => file.startsWith(folder))
  const without = (file: string) => ({ path: file, sideEffects: false })
  return {
    name: 'in-project',
    setup(build) {
      build.onResolve({ filter: /^re-ops(?:\/config)?$/ }, ({ path: name }) =>
        without(path.join(root, name === 're-ops' ? 'src/index.ts' : 'src/core/config.ts')),
      )
      build.onResolve({ filter: /^\.\.?\// }, ({ path: name, resolveDir, importer }) => {
        if (!isOwn(importer)) return undefined
        const file = path.resolve(resolveDir, name)
        if (!isOwn(file)) return undefined
        const other = replaced[path.relative(root, file).split(path.sep).join('/')]
        return without(other === undefined ? file : path.join(root, other))
      })
      build.onLoad({ filter: /functions[\\/]shared[\\/]project\.ts$/ }, ({ path: file }) => {
        if (file !== path.join(root, 'functions/shared/project.ts')) return undefined
        const flows = `./${path.relative(project.folder, project.flows).split(path.sep).join('/')}`
        return {
          contents: `import * as exported from ${JSON.stringify(flows)}
export { exported }
export const versions = ${JSON.stringify(versions)}`,
          loader: 'js',
          resolveDir: project.folder,
        }
      })
    },
  }
}

/** The version of every flow, by its name: what is made of a function's text differs from the text. */
async function versionsOf({ flows: file }: Project): Promise<Readonly<Record<string, string>>> {
  let exported: Record<string, unknown>
  try {
    exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (cause) {
    throw new InvalidConfig(
      `${file} threw while it was loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
  const flows = [...flowsIn(exported)].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(flows.map(([name, flow]) => [name, compile(flow, name).version]))
}
