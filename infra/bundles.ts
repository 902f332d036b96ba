import { bundleFunction } from '../src/run/deploy/bundle.ts'
import type { Project } from './project.ts'

/** The folders of bundles by their capabilities. */
export type Bundles = ReadonlyMap<string, string>

/** Bundles every function that a project's flows use, below a folder. Rejects with `InvalidConfig` where one does not bundle. */
export async function bundleAll(project: Project, outdir: string): Promise<Bundles> {
  const { folder, flowsFile: flows } = project
  const capabilities = [...project.functions.values()].map(({ capability }) => capability)
  const made = await Promise.all(
    capabilities.map(capability => bundleFunction({ capability, project: { folder, flows }, outdir })),
  )
  return new Map(made.map((bundle, index) => [capabilities[index]!, bundle.folder]))
}
