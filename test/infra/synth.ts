import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { App, type Stack } from 'aws-cdk-lib/core'
import { loadProject, type Project } from '../../infra/project.ts'
import { buildStack } from '../../infra/stack.ts'
import { makeProject } from '../cli/harness.ts'

/** A template as CloudFormation is given it. */
export interface Synthesised {
  readonly app: App
  readonly stack: Stack
  readonly project: Project
  readonly template: Template
  /** As text, where it was written. */
  readonly file: string
  readonly text: string
  /** Resources of a type, by their logical ids. */
  of(type: string): Readonly<Record<string, Resource>>
  /** The one resource of a type whose properties have a value; throws where there is none or more. */
  one(type: string, property: string, value: unknown): Resource & { readonly id: string }
  end(): Promise<void>
}

export interface Resource {
  readonly Type: string
  readonly Properties: Record<string, any>
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>
}

export interface SynthOptions {
  readonly context?: Readonly<Record<string, unknown>>
  /** What is in the bundle of a capability. */
  readonly code?: (capability: string) => string
}

/** Synthesises a project with bundles of a line each, as `infra/app.ts` does with real ones. */
export async function synthesise(
  files: Readonly<Record<string, string>>,
  {
    context = {},
    code = capability => `export const handler = () => ${JSON.stringify(capability)}`,
  }: SynthOptions = {},
): Promise<Synthesised> {
  const folder = await makeProject(files)
  const end = () => rm(folder, { recursive: true, force: true })
  try {
    return { ...(await inFolder(folder, context, code)), end }
  } catch (error) {
    await end()
    throw error
  }
}

async function inFolder(
  folder: string,
  context: NonNullable<SynthOptions['context']>,
  code: NonNullable<SynthOptions['code']>,
): Promise<Omit<Synthesised, 'end'>> {
  const project = await loadProject(folder)
  const bundles = new Map<string, string>()
  for (const { capability } of project.functions.values()) {
    const bundle = path.join(folder, 'bundles', capability)
    await mkdir(bundle, { recursive: true })
    await writeFile(path.join(bundle, 'index.mjs'), code(capability))
    bundles.set(capability, bundle)
  }
  const flags = JSON.parse(await readFile(new URL('../../cdk.json', import.meta.url), 'utf8')).context
  const app = new App({
    outdir: path.join(folder, 'cdk.out'),
    context: { ...flags, ...context },
    // It takes longer than all the rest; parts/guards.ts checks the same with more of its rules, once.
    builtinCloudFormationValidation: false,
    analyticsReporting: false,
  })
  const stack = buildStack(app, project, bundles)
  const { templateFullPath: file } = app.synth().getStackArtifact(stack.artifactId)
  const text = await readFile(file, 'utf8')
  const template = JSON.parse(text) as Template
  const of = (type: string) =>
    Object.fromEntries(Object.entries(template.Resources).filter(([, one]) => one.Type === type))
  return {
    app,
    stack,
    project,
    template,
    file,
    text,
    of,
    one(type, property, value) {
      const found = Object.entries(of(type)).filter(([, { Properties }]) => Properties[property] === value)
      if (found.length !== 1)
        throw new Error(`${found.length} of ${type} have ${property} ${JSON.stringify(value)}`)
      const [[id, resource]] = found as [[string, Resource]]
      return { ...resource, id }
    },
  }
}

/** What an intrinsic function comes to: references as `<Name>`, attributes as `<Name.Attribute>`. */
export function flat(node: any): any {
  if (Array.isArray(node)) return node.map(flat)
  if (typeof node !== 'object' || node === null) return node
  const [[kind, value]] = Object.entries(node) as [[string, any]]
  if (kind === 'Ref') return `<${value}>`
  if (kind === 'Fn::GetAtt') return `<${value.join('.')}>`
  if (kind === 'Fn::Join') return value[1].map(flat).join(value[0])
  return Object.fromEntries(Object.entries(node).map(([key, one]) => [key, flat(one)]))
}

/** What a role may do, by its logical id. */
export function allowed({ of }: Synthesised, roleId: string): any[] {
  return Object.values(of('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some((one: any) => one.Ref === roleId))
    .flatMap(({ Properties }) => flat(Properties.PolicyDocument.Statement))
}

/** The logical id of the role that a field names. */
export function roleOf(resource: { readonly Properties: Record<string, any> }, field: string): string {
  return resource.Properties[field]['Fn::GetAtt'][0]
}

/** The function of a capability. */
export function functionNamed({ one }: Synthesised, capability: string) {
  return one('AWS::Lambda::Function', 'FunctionName', `closet-${capability}`)
}
