import { rm } from 'node:fs/promises'
import path from 'node:path'
import { STSClient } from '@aws-sdk/client-sts'
import { onTestFinished, vi } from 'vitest'
import { type Compiled, compile } from '../../../src/compile/compile.ts'
import { sdkConfig } from '../../../src/core/aws.ts'
import { findIn } from '../../../src/core/task.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { loadConfig } from '../../../src/run/config.ts'
import { loadFlows } from '../../../src/run/flows.ts'
import { localInvoke } from '../../../src/run/invoke.ts'
import { version } from '../../../src/run/version.ts'
import { wireLocal } from '../../../src/run/wire.ts'
import { openS3Spill } from '../../../src/state/s3/index.ts'
import { type CloudFormationFake, cloudFormationService } from '../../fakes/aws/cloudformation.ts'
import { type EventsFake, eventsService } from '../../fakes/aws/events.ts'
import { type LogsFake, type LogsOptions, logsService } from '../../fakes/aws/logs.ts'
import { type FakeS3, fakeS3 } from '../../fakes/aws/s3.ts'
import { type StatesFake, type StatesOptions, statesService } from '../../fakes/aws/states.ts'
import { type StsOptions, stsService } from '../../fakes/aws/sts.ts'
import {
  type Aws,
  awsEnvironment,
  jsonReply,
  startAws,
  WireError,
  type WireService,
} from '../../fakes/aws/wire.ts'
import { hurrySdk } from '../../support/hurry-sdk.ts'
import { flowsSource } from '../commands/flows-fixture.ts'
import { type Calling, type CallOptions, type Done, makeProject, start } from '../harness.ts'
import { type Answer, scripted } from '../scripted-transport.ts'
import { parameterStore } from './parameter-store.ts'

await hurrySdk(new STSClient(sdkConfig({ region: 'eu-central-1' })))

export const bucket = 're-ops-data'
const table = 're-ops-state'

export interface CloudSceneOptions {
  /** What hosts answer, to executions here and in the cloud. */
  readonly answer?: Answer
  readonly flows?: string
  /** More of the configuration. */
  readonly config?: Readonly<Record<string, unknown>>
  readonly aws?: Readonly<Record<string, unknown>>
  readonly states?: Partial<StatesOptions>
  readonly sts?: StsOptions
  readonly logs?: LogsOptions
  /** Parameters of Parameter Store. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Whether the stack is there; it is when left out. */
  readonly deployed?: boolean
}

/** A project and the AWS that it is deployed to. */
export interface CloudScene {
  readonly folder: string
  readonly aws: Aws
  readonly states: StatesFake
  readonly logs: LogsFake
  readonly events: EventsFake
  readonly s3: FakeS3
  readonly cloudformation: CloudFormationFake
  readonly parameters: Map<string, string>
  start(words: readonly string[], options?: CallOptions): Calling
  reops(words: readonly string[], options?: CallOptions): Promise<Done>
}

/**
 * Deploys a project to fakes on loopback: each of its flows is a state machine that is really executed, whose tasks are
 * answered by the handlers that a local run has, with hosts that answer what they are told to.
 */
export async function openCloud(options: CloudSceneOptions = {}): Promise<CloudScene> {
  const { answer = () => 'up\n', flows = flowsSource, deployed = true } = options
  const folder = await makeProject({ 'flows/index.ts': flows, 'reops.config.ts': 'export default {}\n' })
  const loaded = await loadConfig(path.join(folder, 'reops.config.ts'))
  const loadedFlows = await loadFlows(loaded)
  const compiled = new Map([...loadedFlows].map(([name, flow]) => [`re-ops-${name}`, compile(flow, name)]))

  const s3 = fakeS3([bucket])
  const spilled = { spill: undefined as ReturnType<typeof openS3Spill> | undefined }
  const runtime = wireLocal({
    loaded,
    out: { publish: () => {} },
    flows: loadedFlows,
    journal: false,
    transports: { ssh: scripted(answer) },
  })
  const states = statesService({
    machines: Object.fromEntries([...compiled].map(([name, { machine }]) => [name, machine])),
    open: machine =>
      localInvoke({
        ...runtime.desk,
        store: spilled.spill!,
        clock: systemClock,
        find: findIn(compiled.get(machine) as Compiled),
      }),
    ...options.states,
  })
  const logs = logsService(options.logs)
  const outputs = {
    ...Object.fromEntries(
      [...compiled.keys()].map((name, index) => [`StateMachine${index}`, states.arnOf(name)]),
    ),
    TableName: table,
    BucketName: bucket,
    Version: version(),
  }
  const cloudformation = cloudFormationService({ stacks: deployed ? { 're-ops': { outputs } } : {} })
  const parameters = new Map(
    Object.entries(options.parameters ?? { '/cdk-bootstrap/hnb659fds/version': '21' }),
  )
  const events = eventsService('re-ops')
  const aws = await startAws(
    states,
    logs,
    events,
    s3,
    cloudformation,
    stsService(options.sts),
    parameterStore(parameters),
    tables([table]),
  )
  spilled.spill = openS3Spill({ bucket, region: 'eu-central-1', endpoint: aws.endpoint })
  const config = {
    ...options.config,
    aws: { region: 'eu-central-1', endpoint: aws.endpoint, ...options.aws },
  }
  const other = await makeProject({
    'flows/index.ts': flows,
    'reops.config.ts': `export default ${JSON.stringify(config)}\n`,
  })
  for (const [name, value] of Object.entries({ ...awsEnvironment, AWS_PROFILE: undefined }))
    vi.stubEnv(name, value)
  onTestFinished(async () => {
    await states.stop()
    await runtime.close()
    await spilled.spill?.close()
    await aws.end()
    vi.unstubAllEnvs()
    for (const one of [folder, other]) await rm(one, { recursive: true, force: true })
  })
  const begin = (words: readonly string[], call: CallOptions = {}) =>
    start(other, words, { transports: { ssh: scripted(answer) }, ...call })
  return {
    folder: other,
    aws,
    states,
    logs,
    events,
    s3,
    cloudformation,
    parameters,
    start: begin,
    reops: (words, call) => begin(words, call).done,
  }
}

/** DynamoDB, as far as it says whether a table is there. */
function tables(names: readonly string[]): WireService {
  return {
    name: 'dynamodb',
    protocol: 'json',
    handle({ json }) {
      if (!names.includes(json.TableName))
        throw new WireError(
          'ResourceNotFoundException',
          `Requested resource not found: Table: ${json.TableName} not found`,
        )
      return jsonReply({ Table: { TableName: json.TableName, TableStatus: 'ACTIVE' } })
    },
  }
}
