import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { App } from 'aws-cdk-lib/core'
import { ReopsError } from '../src/core/errors.ts'
import { bundleAll } from './bundles.ts'
import { loadProject } from './project.ts'
import { buildStack } from './stack.ts'

/**
 * Synthesises the stack of the project in `REOPS_PROJECT` (this folder when it is unset) to `CDK_OUTDIR`, as the CDK's
 * command asks for it, or to `cdk.out`.
 */
async function main(): Promise<void> {
  const project = await loadProject(path.resolve(process.env.REOPS_PROJECT ?? '.'))
  const scratch = await mkdtemp(path.join(tmpdir(), 'reops-bundles-'))
  try {
    const bundles = await bundleAll(project, scratch)
    const app = new App({
      outdir: process.env.CDK_OUTDIR ?? 'cdk.out',
      // The command hands them over as well; a project of someone else's has no cdk.json of ours.
      context: await featureFlags(),
      analyticsReporting: false,
    })
    buildStack(app, project, bundles)
    app.synth()
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function featureFlags(): Promise<Record<string, unknown>> {
  const text = await readFile(new URL('../cdk.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { context: Record<string, unknown> }).context
}

try {
  await main()
} catch (error) {
  // What is wrong with a project is said in a sentence; anything else is a mistake of ours and shows where.
  if (!(error instanceof ReopsError)) throw error
  process.stderr.write(`${error.name}: ${error.message}\n`)
  process.exitCode = 1
}
