import type { WireCall } from '../../fakes/aws/wire.ts'
import type { Node, Template } from './template.ts'

/** A statement of a role's policies. Conditions are not looked at. */
export interface Statement {
  readonly allows: boolean
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

/** What the policies of a role say, by its logical id. */
export function statementsOf(
  { Resources }: Template,
  role: string,
  resolve: (node: Node) => string,
): readonly Statement[] {
  return Object.values(Resources)
    .filter(({ Type, Properties }) => Type === 'AWS::IAM::Policy' && Properties.Roles[0].Ref === role)
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .map(({ Effect, Action, Resource }) => ({
      allows: Effect === 'Allow',
      actions: [Action].flat(),
      resources: [Resource].flat().map(resolve),
    }))
}

/** What IAM is asked when a call comes in: actions, and what they are done to where the call says it. */
interface Asked {
  readonly action: string
  readonly resource: string | undefined
}

/** The asked that no statement allows, of one call. */
export function refusedOf(call: WireCall, statements: readonly Statement[]): readonly string[] {
  return askedBy(call)
    .filter(({ action, resource }) => {
      const fits = statements.filter(
        one =>
          one.actions.includes(action) &&
          (resource === undefined || one.resources.some(pattern => matches(pattern, resource))),
      )
      return !fits.some(({ allows }) => allows)
    })
    .map(({ action, resource }) => `${action} ${resource ?? ''}`.trim())
}

function askedBy({ service, action, method, path, json }: WireCall): readonly Asked[] {
  if (service === 's3') return [askedOfS3(method, path)]
  const named = resourceOf[`${service}:${action}`]?.(json)
  if (named !== undefined) return [{ action: `${service}:${action}`, resource: named }]
  if (service !== 'dynamodb') return [{ action: `${service}:${action}`, resource: undefined }]
  const on = (name: string, table: string) => ({
    action: `dynamodb:${name}`,
    resource: `arn:aws:dynamodb:eu-central-1:123456789012:table/${table}`,
  })
  // A transaction is allowed by what it is made of.
  if (action === 'TransactWriteItems' || action === 'TransactGetItems')
    return json.TransactItems.flatMap((item: Record<string, { TableName: string }>) =>
      Object.entries(item).map(([kind, { TableName }]) => on(itemActions[kind] ?? kind, TableName)),
    )
  if (action === 'BatchGetItem') return Object.keys(json.RequestItems).map(table => on(action, table))
  return [on(action, json.TableName)]
}

/** What is named in a call besides tables and buckets. */
const resourceOf: Readonly<Record<string, (json: any) => string>> = {
  'ssm:GetParameter': ({ Name }) => `arn:aws:ssm:eu-central-1:123456789012:parameter${Name}`,
  'states:StartExecution': ({ stateMachineArn }) => stateMachineArn,
}

function askedOfS3(method: string, path: string): Asked {
  const [, bucket, key = ''] = /^\/([^/]+)\/?(.*)$/.exec(path) ?? []
  const resource = `arn:aws:s3:::${bucket}`
  return key === ''
    ? { action: 's3:ListBucket', resource }
    : { action: s3Actions[method] ?? `s3:${method}`, resource: `${resource}/${key}` }
}

const s3Actions: Readonly<Record<string, string>> = {
  GET: 's3:GetObject',
  HEAD: 's3:GetObject',
  PUT: 's3:PutObject',
}

const itemActions: Readonly<Record<string, string>> = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
}

/** Whether IAM's pattern, in which `*` is anything, is about this. */
function matches(pattern: string, resource: string): boolean {
  const parts = pattern.split('*').map(part => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(resource)
}
