import { symlink } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Native modules, and what brings a program of its own. */
const external = ['zeromq', 'ssh2', 'esbuild']

/** Puts programs into one file each, which start four times as fast: how often they can be killed depends on it. */
export async function bundlePrograms(folder: string): Promise<string> {
  const modules = path.join(folder, 'node_modules')
  for (const name of external)
    await symlink(path.join(root, 'node_modules', name), path.join(modules, name), 'dir')
  const outdir = path.join(folder, 'bundled')
  const here = 'test/onprem-bridge/faults'
  await build({
    absWorkingDir: root,
    entryPoints: {
      bridge: `${here}/victims/bridge.ts`,
      submitter: `${here}/victims/submitter.ts`,
      operations: `${here}/operations.ts`,
      agent: 'onprem-bridge/agent/main.ts',
    },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    external,
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  })
  return outdir
}
