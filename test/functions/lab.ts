import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { type Compiled, compile } from '../../src/compile/compile.ts'
import type { Json } from '../../src/core/json.ts'
import type { TaskRequest } from '../../src/core/task.ts'
import { flowsIn } from '../../src/run/flows-in.ts'
import { awsEnvironment } from '../fakes/aws/wire.ts'
import * as exported from './project/flows.ts'

/** The file of flows whose functions these tests bundle. */
export const flowsFile = path.join(import.meta.dirname, 'project/flows.ts')

/** Its flows by their names. */
export const flows = flowsIn(exported)

/** What a deployment says to every function; AWS is wherever a test plays it. */
export function environmentOf(
  aws: { readonly endpoint: string } | undefined,
  settings: Readonly<Record<string, unknown>> = {},
): Record<string, string> {
  return {
    ...awsEnvironment,
    REOPS_STACK: 're-ops',
    REOPS_TABLE: 're-ops-systems',
    REOPS_BUCKET: 're-ops-data',
    REOPS_SETTINGS: JSON.stringify(settings),
    // Nothing answers there, should a test have no AWS.
    AWS_ENDPOINT_URL: aws?.endpoint ?? 'http://127.0.0.1:9',
  }
}

export function compiled(flow: string): Compiled {
  const found = flows.get(flow)
  if (found === undefined) throw new Error(`no flow ${flow}`)
  return compile(found, flow)
}

/** The task of a flow's first step that calls this operation, or of its first one, as its state would send it. */
export function requestOf(
  flow: string,
  data: Json,
  { operation, ...rest }: Partial<TaskRequest> = {},
): TaskRequest {
  const { tasks, version } = compiled(flow)
  const [step, { definition, args, spill }] = [...tasks].find(
    ([, task]) => operation === undefined || task.definition.name === operation,
  )!
  const name = randomUUID()
  return {
    operation: definition.name,
    args,
    flow,
    step,
    version,
    execution: {
      id: `arn:aws:states:eu-central-1:123456789012:execution:${flow}:${name}`,
      name,
      startedAt: new Date().toISOString(),
    },
    input: {},
    data,
    ...(spill ? { spill } : {}),
    ...rest,
  }
}
