import { escaped, WireError, type WireService, xmlReply } from './wire.ts'

export interface Stack {
  readonly outputs?: Readonly<Record<string, string>>
  readonly status?: string
  readonly template?: string
}

export interface CloudFormationFake extends WireService {
  /** The stacks, by name. Change sets that are executed change them. */
  readonly stacks: Map<string, Stack>
  idOf(stack: string): string
}

export interface CloudFormationOptions {
  readonly account?: string
  readonly region?: string
  readonly stacks?: Readonly<Record<string, Stack>>
  /** The outputs that a stack has once a change set was executed. */
  readonly outputsOf?: (stack: string, template: string) => Readonly<Record<string, string>>
  /** The text of a template that stands at an address. */
  readonly bodyOf?: (address: string) => string
}

interface ChangeSet {
  readonly id: string
  readonly stack: string
  readonly template: string
}

/**
 * CloudFormation as who deploys one stack by change sets meets it: a stack is described, a change set is made of a
 * template, executed, and is over at once. It makes no resources.
 */
export function cloudFormationService(options: CloudFormationOptions = {}): CloudFormationFake {
  const {
    account = '123456789012',
    region = 'eu-central-1',
    outputsOf = () => ({}),
    bodyOf = () => '{}',
  } = options
  const stacks = new Map(Object.entries(options.stacks ?? {}))
  const gone = new Map<string, Stack>()
  const changeSets = new Map<string, ChangeSet>()
  const idOf = (stack: string) => `arn:aws:cloudformation:${region}:${account}:stack/${stack}/00000000`
  const nameOf = (word: string) => (word.startsWith('arn:') ? (word.split('/')[1] ?? '') : word)

  const find = (word: string): [string, Stack] => {
    const name = nameOf(word)
    // One that is gone is still told of by its id.
    const stack = stacks.get(name) ?? (word.startsWith('arn:') ? gone.get(name) : undefined)
    if (stack === undefined) throw new WireError('ValidationError', `Stack with id ${word} does not exist`)
    return [name, stack]
  }
  const actions: Readonly<Record<string, (query: URLSearchParams) => string>> = {
    DescribeStacks(query) {
      const word = query.get('StackName')
      const found = word === null ? [...stacks] : [find(word)]
      return `<Stacks>${found.map(([name, stack]) => stackXml(idOf(name), name, stack)).join('')}</Stacks>`
    },
    GetTemplate: query =>
      `<TemplateBody>${escaped(find(query.get('StackName') ?? '')[1].template ?? '{}')}</TemplateBody>`,
    CreateChangeSet(query) {
      const stack = nameOf(query.get('StackName') ?? '')
      const id = `arn:aws:cloudformation:${region}:${account}:changeSet/${query.get('ChangeSetName')}/0`
      const template = query.get('TemplateBody') ?? bodyOf(query.get('TemplateURL') ?? '')
      changeSets.set(stack, { id, stack, template })
      if (!stacks.has(stack)) stacks.set(stack, { status: 'REVIEW_IN_PROGRESS' })
      return `<Id>${id}</Id><StackId>${idOf(stack)}</StackId>`
    },
    DescribeChangeSet(query) {
      const stack = nameOf(query.get('StackName') ?? '')
      const set = changeSets.get(stack)
      if (set === undefined)
        throw new WireError('ChangeSetNotFound', `ChangeSet [${query.get('ChangeSetName')}] does not exist`)
      const change =
        '<member><Type>Resource</Type><ResourceChange><Action>Add</Action><LogicalResourceId>R</LogicalResourceId><ResourceType>AWS::S3::Bucket</ResourceType></ResourceChange></member>'
      return `<ChangeSetId>${set.id}</ChangeSetId><ChangeSetName>${query.get('ChangeSetName')}</ChangeSetName><StackId>${idOf(stack)}</StackId><StackName>${stack}</StackName><Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus><Changes>${change}</Changes>`
    },
    ExecuteChangeSet(query) {
      const stack = nameOf(query.get('StackName') ?? '')
      const template = changeSets.get(stack)?.template ?? ''
      const fresh = stacks.get(stack)?.status === 'REVIEW_IN_PROGRESS'
      stacks.set(stack, {
        outputs: outputsOf(stack, template),
        template,
        status: fresh ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE',
      })
      return ''
    },
    DeleteChangeSet(query) {
      changeSets.delete(nameOf(query.get('StackName') ?? ''))
      return ''
    },
    UpdateTerminationProtection: query => `<StackId>${idOf(nameOf(query.get('StackName') ?? ''))}</StackId>`,
    DescribeStackEvents(query) {
      const [name, { status = 'CREATE_COMPLETE' }] = find(query.get('StackName') ?? '')
      return `<StackEvents><member><StackId>${idOf(name)}</StackId><EventId>e</EventId><StackName>${name}</StackName><LogicalResourceId>${name}</LogicalResourceId><PhysicalResourceId>${idOf(name)}</PhysicalResourceId><ResourceType>AWS::CloudFormation::Stack</ResourceType><Timestamp>${new Date().toISOString()}</Timestamp><ResourceStatus>${status}</ResourceStatus></member></StackEvents>`
    },
    ListStackResources: () => '<StackResourceSummaries></StackResourceSummaries>',
    DescribeStackResources: () => '<StackResources></StackResources>',
    DeleteStack(query) {
      const name = nameOf(query.get('StackName') ?? '')
      gone.set(name, { ...stacks.get(name), status: 'DELETE_COMPLETE' })
      stacks.delete(name)
      return ''
    },
  }
  return {
    name: 'cloudformation',
    protocol: 'query',
    stacks,
    idOf,
    handle({ action, query }) {
      const answer = actions[action]
      if (answer === undefined) throw new WireError('InvalidAction', `Could not find operation ${action}`)
      return xmlReply(
        `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${answer(query)}</${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`,
      )
    },
  }
}

function stackXml(id: string, name: string, { outputs = {}, status = 'CREATE_COMPLETE' }: Stack): string {
  const members = Object.entries(outputs)
    .map(
      ([key, value]) =>
        `<member><OutputKey>${escaped(key)}</OutputKey><OutputValue>${escaped(value)}</OutputValue></member>`,
    )
    .join('')
  return `<member><StackId>${id}</StackId><StackName>${name}</StackName><CreationTime>2026-01-02T03:04:05.000Z</CreationTime><StackStatus>${status}</StackStatus><Outputs>${members}</Outputs></member>`
}
