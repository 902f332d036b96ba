import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { StateMachine } from '../../../src/core/asl.ts'
import { type CloudFormationFake, cloudFormationService } from '../../fakes/aws/cloudformation.ts'
import { type FakeS3, fakeS3 } from '../../fakes/aws/s3.ts'
import { type StatesFake, statesService } from '../../fakes/aws/states.ts'
import { stsService } from '../../fakes/aws/sts.ts'
import { type Aws, awsEnvironment, startAws, type WireService, xmlReply } from '../../fakes/aws/wire.ts'
import { type Said, start } from '../command.ts'
import { makeProject } from '../harness.ts'
import { parameterStore } from './parameter-store.ts'

/** Where the CDK's preparation of this account and region has its assets. */
const assets = 'cdk-hnb659fds-assets-123456789012-eu-central-1'

/** Milliseconds for one command: the CDK loads and synthesises for some seconds of them, on a machine that others use. */
export const patience = 100_000

/** The checks of the CDK itself take seconds of each synthesis, and test/functions/deployed.test.ts has them. */
const quickly = { CDK_VALIDATION: 'false' }

/** An account into which the real command deploys by the real CDK, over the wire. */
export interface Account {
  readonly folder: string
  readonly aws: Aws
  readonly cloudformation: CloudFormationFake
  readonly states: StatesFake
  readonly parameters: Map<string, string>
  /** The template that was deployed last. */
  template(): Template
  reops(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Said>
  end(): Promise<void>
}

export interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: any }>>
  readonly Outputs: Readonly<Record<string, { readonly Value: any }>>
}

/** Opens an empty account and a project of two flows, one of them through the bridge. Whatever a template says there is, is there at once. */
export async function openAccount(config: Readonly<Record<string, unknown>> = {}): Promise<Account> {
  const machines: Record<string, StateMachine> = {}
  const s3 = fakeS3([assets, 're-ops-data'])
  const states = statesService({ machines })
  const parameters = new Map([['/cdk-bootstrap/hnb659fds/version', '21']])
  let deployed: Template | undefined
  const cloudformation = cloudFormationService({
    bodyOf: address => s3.buckets.get(assets)!.get(path.posix.basename(address))!.bytes.toString(),
    outputsOf: (_stack, template) => {
      deployed = JSON.parse(template) as Template
      return take(deployed, machines, states)
    },
  })
  const aws = await startAws(states, cloudformation, stsService(), prepared(s3), parameterStore(parameters))
  const folder = await makeProject({
    'flows/index.ts': `
import { exec, flow, hosts, pipe, query, source } from 're-ops'
import * as z from 'zod'
export const count = flow({
  input: z.strictObject({ from: z.number().int().default(20) }),
  steps: pipe(source(20), query('$states.input + 1')),
})
export const load = flow({ input: z.strictObject({}), steps: exec(hosts(['foo']), 'uptime') })
`,
    'reops.config.ts': `export default ${JSON.stringify({ aws: { region: 'eu-central-1', endpoint: aws.endpoint }, ...config })}\n`,
  })
  return {
    folder,
    aws,
    cloudformation,
    states,
    parameters,
    template: () => deployed!,
    reops: (words, env = {}) =>
      start(
        [...words, '--config', path.join(folder, 'reops.config.ts')],
        { ...awsEnvironment, ...quickly, HOME: folder, ...env },
        patience,
      ).ended,
    end: async () => {
      await states.stop()
      await aws.end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Makes of a template what the rest of the account needs of it, and resolves its outputs. */
function take(
  { Resources, Outputs }: Template,
  machines: Record<string, StateMachine>,
  states: StatesFake,
): Record<string, string> {
  for (const { Type, Properties } of Object.values(Resources))
    if (Type === 'AWS::StepFunctions::StateMachine')
      machines[Properties.StateMachineName] = JSON.parse(Properties.DefinitionString) as StateMachine
  const resolved = (value: any): string => {
    const resource = Resources[value?.Ref]
    if (resource === undefined) return String(value)
    const { StateMachineName, TableName, ManagedPolicyName } = resource.Properties
    if (ManagedPolicyName !== undefined) return `arn:aws:iam::123456789012:policy/${ManagedPolicyName}`
    return StateMachineName === undefined ? (TableName ?? 're-ops-data') : states.arnOf(StateMachineName)
  }
  return Object.fromEntries(Object.entries(Outputs).map(([key, { Value }]) => [key, resolved(Value)]))
}

/** A bucket says where it is, and how it is encrypted; the rest is S3's. */
function prepared(s3: FakeS3): WireService {
  return {
    ...s3,
    handle(call) {
      if (call.method === 'GET' && call.query.has('location'))
        return xmlReply(`<LocationConstraint>eu-central-1</LocationConstraint>`)
      if (call.method === 'GET' && call.query.has('encryption'))
        return xmlReply(
          '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>',
        )
      if (call.method === 'GET' && call.query.has('list-type'))
        return xmlReply('<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>')
      return s3.handle(call)
    },
  }
}
