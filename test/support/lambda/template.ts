/** A template as CloudFormation is given it. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Outputs: Readonly<Record<string, { readonly Value: Node }>>
}

export interface Resource {
  readonly Type: string
  readonly Properties: Record<string, any>
}

/** A value of a template: text, or an intrinsic function. */
export type Node = any

/** What pseudo parameters come to in the account and region of the tests. */
const places: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '123456789012',
}

/** The property by which a resource has its name. */
const named: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
}

/**
 * Fills in what CloudFormation would: references, joins and ARNs of what the tests look at. `names` are those that AWS would
 * make up. Throws for what it does not know, so that nothing is taken for text that is none.
 */
export function resolver({ Resources }: Template, names: Readonly<Record<string, string>>) {
  const nameOf = (id: string): string => {
    const made = Resources[id]
    const name = names[id] ?? places[id] ?? made?.Properties[named[made.Type] ?? '']
    if (name === undefined) throw new Error(`${id} has no name here`)
    return name
  }
  const refer = (id: string): string => {
    const made = Resources[id]
    if (made?.Type === 'AWS::StepFunctions::StateMachine')
      return `arn:aws:states:eu-central-1:123456789012:stateMachine:${nameOf(id)}`
    if (made?.Type !== 'AWS::Lambda::Version') return nameOf(id)
    return `arn:aws:lambda:eu-central-1:123456789012:function:${nameOf(made.Properties.FunctionName.Ref)}:1`
  }
  /** No test is about the rest of such an ARN. */
  const arnOf = (id: string) => `arn:aws:*:eu-central-1:123456789012:${names[id] ?? id}`
  return function resolve(node: Node): string {
    if (typeof node === 'string') return node
    const [[kind, value]] = Object.entries<any>(node) as [[string, any]]
    if (kind === 'Ref') return refer(value)
    if (kind === 'Fn::Join') return value[1].map(resolve).join(value[0])
    if (kind === 'Fn::GetAtt' && value[1] === 'Arn') return arnOf(value[0])
    throw new Error(`${JSON.stringify(node)} is not resolved here`)
  }
}
