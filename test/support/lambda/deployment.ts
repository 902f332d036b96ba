import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { StateMachine } from '../../../src/core/asl.ts'
import { zeromqFiles } from '../../../src/run/deploy/zeromq-package.ts'
import { offline } from '../offline.ts'
import type { FunctionOptions } from './function.ts'
import { type Statement, statementsOf } from './permissions.ts'
import { type Node, type Resource, resolver, type Template } from './template.ts'

/** What a deployment of a project would put into an account, out of the template and the assets of its synthesis. */
export interface Deployment {
  readonly template: Template
  /** What flows are deployed as, by their names: the definition with its substitutions filled in. */
  readonly machines: ReadonlyMap<string, StateMachine>
  /** The functions by the ARNs of their versions, as machines name them. */
  readonly functions: ReadonlyMap<string, DeployedFunction>
}

export interface DeployedFunction
  extends Required<Pick<FunctionOptions, 'folder' | 'environment' | 'timeoutMs'>> {
  /** Without the name of the stack. */
  readonly capability: string
  /** What its role allows and denies. */
  readonly statements: readonly Statement[]
}

const root = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * Synthesises a project into a folder by the pinned command of the CDK, with its own checks, no account and no network,
 * and reads what came of it. `names` are those that AWS would make up for resources, by their logical ids.
 */
export async function synthesiseDeployment(
  project: string,
  outdir: string,
  names: Readonly<Record<string, string>>,
): Promise<Deployment> {
  const cdk = path.join(root, 'node_modules/aws-cdk/bin/cdk')
  await promisify(execFile)(process.execPath, [cdk, 'synth', '--quiet', '--output', outdir], {
    cwd: root,
    env: offline({ HOME: path.join(project, 'home'), REOPS_PROJECT: project }),
    timeout: 110_000,
  })
  const template = JSON.parse(await readFile(path.join(outdir, 're-ops.template.json'), 'utf8')) as Template
  const resolve = resolver(template, names)
  const all = Object.entries(template.Resources)
  const of = (type: string) => all.filter(([, { Type }]) => Type === type)

  const functions = new Map<string, DeployedFunction>()
  for (const [id, { Properties }] of of('AWS::Lambda::Version')) {
    const made = template.Resources[Properties.FunctionName.Ref]!
    functions.set(resolve({ Ref: id }), functionOf(made, outdir, template, resolve))
  }
  const machines = new Map<string, StateMachine>()
  for (const [, { Properties }] of of('AWS::StepFunctions::StateMachine')) {
    const {
      StateMachineName: name,
      DefinitionString: text,
      DefinitionSubstitutions: filled = {},
    } = Properties
    machines.set(
      name.replace(/^re-ops-/, ''),
      JSON.parse(text.replaceAll(/\$\{(\w+)\}/g, (_: string, key: string) => resolve(filled[key]))),
    )
  }
  return { template, machines, functions }
}

function functionOf(
  { Properties }: Resource,
  outdir: string,
  template: Template,
  resolve: (node: Node) => string,
): DeployedFunction {
  const { FunctionName, Code, Environment, Timeout, Role } = Properties
  return {
    capability: FunctionName.replace(/^re-ops-/, ''),
    folder: path.join(outdir, `asset.${Code.S3Key.replace(/\.zip$/, '')}`),
    environment: Object.fromEntries(
      Object.entries<Node>(Environment.Variables).map(([name, value]) => [name, resolve(value)]),
    ),
    timeoutMs: Timeout * 1_000,
    statements: statementsOf(template, Role['Fn::GetAtt'][0], resolve),
  }
}

/** What is deployed has native modules for Lambda's processor; this machine's take their place, and nothing else changes. */
export async function useOwnProcessor(folder: string): Promise<void> {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
  for (const [name, content] of await zeromqFiles({ os: 'linux', arch, libc: 'glibc' }))
    if (name.endsWith('.node')) await writeFile(path.join(folder, 'node_modules/zeromq', name), content)
}
