import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { userInfo } from 'node:os'
import path from 'node:path'
import { vi } from 'vitest'
import type { Bridge } from '../../onprem-bridge/bridge.ts'
import type { StateMachine } from '../../src/core/asl.ts'
import { awsSettingsSchema } from '../../src/core/aws.ts'
import type { Json } from '../../src/core/json.ts'
import type { SystemStore } from '../../src/core/systems/store.ts'
import { keepCloudKey } from '../../src/run/aws/bridge-key.ts'
import { openAws } from '../../src/run/aws/clients.ts'
import { addKey } from '../../src/run/bridge/keyring/keys.ts'
import { bridgePlace } from '../../src/run/bridge/place.ts'
import { loadFlows } from '../../src/run/flows.ts'
import { wireLocal } from '../../src/run/wire.ts'
import { openDynamoSystems } from '../../src/state/dynamodb/index.ts'
import { startDynamo } from '../fakes/aws/dynamodb.ts'
import { type FakeEc2, fakeEc2 } from '../fakes/aws/ec2.ts'
import { type FakeS3, fakeS3 } from '../fakes/aws/s3.ts'
import { fakeSsm } from '../fakes/aws/ssm.ts'
import { type StatesFake, statesService } from '../fakes/aws/states.ts'
import { type Aws, awsEnvironment, startAws, type WireCall, type WireService } from '../fakes/aws/wire.ts'
import { startStepFunctions } from '../fakes/step-functions.ts'
import { type BridgeLab, bridgeLab } from '../lab/bridge/bridge.ts'
import { type Deployment, synthesiseDeployment, useOwnProcessor } from '../support/lambda/deployment.ts'
import { type Fleet, openFleet } from '../support/lambda/fleet.ts'
import { flowsFile } from './lab.ts'

const table = 're-ops-state'
const bucket = 're-ops-data'
const image = 'ami-0000000000000864a'

/** A project that was synthesised, an account that AWS's fakes are, and the closet and its bridge. */
export interface DeploymentLab {
  /** Where the project was synthesised to. */
  readonly outdir: string
  /** What the synthesis made in the project's folder. */
  readonly left: readonly string[]
  readonly deployment: Deployment
  /** Every function of the template, by the version that machines name. */
  readonly fleet: Fleet
  /** The version of a capability's function. */
  versionOf(capability: string): string
  /** AWS, as the deployed functions meet it. */
  readonly aws: Aws
  readonly ec2: FakeEc2
  readonly s3: FakeS3
  /** Step Functions of that account, in which the machines of the template are. */
  readonly states: StatesFake
  /** The table. */
  readonly store: SystemStore
  /** The secret key by which the function of the bridge dials. */
  readonly secretKey: string
  /** Runs a flow of the same project in this process, against an account of its own. Answers its outcome. */
  local(flow: string, input?: Json): Promise<unknown>
  /** EC2 of that account. */
  readonly localEc2: FakeEc2
  close(): Promise<void>
}

/** Whose credentials a call was signed with: each function has its own, as its role gives them to it. */
export function keyOf(capability: string): string {
  return `AKID${capability.toUpperCase()}`
}

/** Synthesises the project of these tests, and opens all that its functions meet. What was opened is closed where that fails. */
export async function deploymentLab(): Promise<DeploymentLab> {
  const undo: (() => unknown)[] = []
  const close = async () => {
    for (const one of undo.reverse()) await one()
  }
  try {
    return { ...(await open(undo)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function open(undo: (() => unknown)[]): Promise<Omit<DeploymentLab, 'close'>> {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  undo.push(() => vi.unstubAllEnvs())
  const stepFunctions = await startStepFunctions()
  undo.push(() => stepFunctions.end())
  const dynamo = await startDynamo()
  undo.push(() => dynamo.end())
  await dynamo.createTable(table)
  const closet = await bridgeLab({
    flows: await readFile(flowsFile, 'utf8'),
    hosts: ['foo', 'bar'],
    bridge: { stepFunctions: { region: 'eu-central-1', endpoint: stepFunctions.endpoint, bucket } },
  })
  undo.push(() => closet.close())
  const machines: Record<string, StateMachine> = {}
  const states = statesService({ machines, open: () => call => fleet.invoke(call) })
  undo.push(() => states.stop())
  const cloud = await account(closet.folder, undo, dynamo, states)
  // The bridge at home keeps in the bucket what is too large for a state.
  vi.stubEnv('AWS_ENDPOINT_URL_S3', cloud.aws.endpoint)
  const bridge = await closet.open()
  undo.push(() => bridge.end(0))
  const secretKey = await letIn(closet, cloud.aws)

  const { deployment, left } = await synthesise(closet, bridge)
  const fleet = openFleet({
    stepFunctions,
    functions: new Map(
      [...deployment.functions].map(([version, { capability, environment, ...one }]) => [
        version,
        {
          ...one,
          environment: {
            ...environment,
            ...awsEnvironment,
            AWS_ACCESS_KEY_ID: keyOf(capability),
            AWS_ENDPOINT_URL: cloud.aws.endpoint,
          },
        },
      ]),
    ),
  })
  undo.push(() => fleet.end())
  for (const [name, machine] of deployment.machines) machines[`re-ops-${name}`] = machine
  const store = await openDynamoSystems({ table, endpoint: cloud.aws.endpoint })
  undo.push(() => store.close())
  const here = await localRuns(closet, undo)
  return {
    ...{ outdir: outdirOf(closet), left, deployment, fleet, store, secretKey },
    ...{ aws: cloud.aws, ec2: cloud.ec2, s3: cloud.s3, states },
    ...{ local: here.run, localEc2: here.ec2 },
    versionOf: capability => [...deployment.functions].find(([, one]) => one.capability === capability)![0],
  }
}

/** An account: what is launched in it has the agent of Systems Manager, whose commands are really executed. */
async function account(folder: string, undo: (() => unknown)[], ...more: readonly WireService[]) {
  const home = path.join(folder, 'home')
  await mkdir(home, { recursive: true })
  const s3 = fakeS3([bucket])
  const ec2 = fakeEc2()
  const ssm = fakeSsm({ s3 })
  const launching: WireService = {
    name: ec2.name,
    protocol: ec2.protocol,
    handle: async (call: WireCall) => {
      const reply = await ec2.handle(call)
      for (const id of ec2.instances.keys())
        if (!ssm.instances.has(id)) ssm.instances.set(id, { folder: home })
      return reply
    },
  }
  const aws = await startAws(s3, ssm, launching, ...more)
  undo.push(() => aws.end())
  undo.push(() => ssm.end())
  return { aws, ec2, s3 }
}

/** What `reops deploy` and, on the bridge's machine, `reops keys new` do. Answers the secret key. */
async function letIn(closet: BridgeLab, { endpoint }: Aws): Promise<string> {
  const aws = openAws(awsSettingsSchema.parse({ region: 'eu-central-1', endpoint }))
  try {
    const { publicKey, parameter } = await keepCloudKey(aws)
    await addKey(bridgePlace(closet.loaded).keyring, { key: publicKey, name: 're-ops', role: 'submit' })
    const { Parameter } = await aws.ask('ssm', 'ssm:GetParameter', client =>
      client.getParameter({ Name: parameter, WithDecryption: true }),
    )
    return Parameter!.Value!
  } finally {
    aws.close()
  }
}

const outdirOf = ({ folder }: BridgeLab): string => path.join(folder, 'cdk.out')

async function synthesise(closet: BridgeLab, { key }: Bridge) {
  const { folder } = closet
  const zod = path.dirname(createRequire(import.meta.url).resolve('zod/package.json'))
  await symlink(zod, path.join(folder, 'node_modules/zod'), 'dir')
  const config = {
    flows: 'flows.ts',
    bridge: { url: closet.at('jobs'), key },
    aws: { ec2: { image, user: userInfo().username } },
  }
  await writeFile(path.join(folder, 'reops.config.ts'), `export default ${JSON.stringify(config)}\n`)
  const before = await readdir(folder)
  const deployment = await synthesiseDeployment(folder, outdirOf(closet), { DataBucket: bucket })
  const left = (await readdir(folder)).filter(name => !before.includes(name))
  for (const { capability, folder: asset } of deployment.functions.values())
    if (capability === 'bridge') await useOwnProcessor(asset)
  return { deployment, left }
}

/** Runs in this process, with a state folder and an account of their own. */
async function localRuns(closet: BridgeLab, undo: (() => unknown)[]) {
  const { config } = closet.loaded
  const folder = path.join(closet.folder, 'here')
  const { aws, ec2 } = await account(folder, undo)
  const flows = await loadFlows(closet.loaded)
  const settings = { endpoint: aws.endpoint, ec2: { image, user: userInfo().username }, ssm: { bucket } }
  // A key for all hosts would be one for instances too.
  const { defaults, hosts } = config
  const own = Object.entries(hosts).map(([name, host]) => [name, { ...defaults, ...host }] as const)
  const runtime = wireLocal({
    loaded: {
      folder,
      file: undefined,
      config: {
        ...config,
        defaults: {},
        hosts: Object.fromEntries(own),
        aws: awsSettingsSchema.parse(settings),
      },
    },
    flows,
    journal: false,
    out: { publish: () => {} },
  })
  undo.push(() => runtime.close())
  return {
    ec2,
    run: async (flow: string, input: Json = {}) =>
      (await runtime.submit(flows.get(flow)!, input, {})).result(),
  }
}
