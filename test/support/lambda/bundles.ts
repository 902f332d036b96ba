import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { bundleFunction, type FunctionBundle } from '../../../src/run/deploy/bundle.ts'

/** Bundles of a project for this machine, each made once. */
export interface Bundles {
  of(capability: string): Promise<FunctionBundle>
  remove(): Promise<void>
}

/** Bundles the functions of the flows in one file, in a temporary folder. */
export async function openBundles(flows: string): Promise<Bundles> {
  const outdir = await realpath(await mkdtemp(path.join(tmpdir(), 'reops-functions-')))
  const made = new Map<string, Promise<FunctionBundle>>()
  const project = { folder: path.dirname(flows), flows }
  return {
    of(capability) {
      const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
      const known = made.get(capability) ?? bundleFunction({ capability, project, outdir, arch })
      made.set(capability, known)
      return known
    },
    async remove() {
      await Promise.allSettled(made.values())
      await rm(outdir, { recursive: true, force: true })
    },
  }
}
