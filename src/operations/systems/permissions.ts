import { arn, slot } from '../../core/arn.ts'
import { ownTag, type Permission } from '../../core/aws.ts'
import { runCommandPermissions } from '../../core/operation/run-command.ts'

const table = `table/${slot('table')}`

/** What stands in the stack's table is looked at. */
export const storeReading: readonly Permission[] = [
  {
    actions: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
    resources: [arn('dynamodb', table), arn('dynamodb', `${table}/index/*`)],
  },
]

/** Leases, changes and histories are written there. */
export const storeWriting: readonly Permission[] = [
  ...storeReading,
  {
    actions: [
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:ConditionCheckItem',
    ],
    resources: [arn('dynamodb', table)],
  },
]

/** AWS narrows no description to resources. */
const looking: Permission = {
  actions: ['ec2:DescribeInstances'],
}

/** What carries our tag is ours to act on, and nothing else. */
const ours = { StringEquals: { [`aws:ResourceTag/${ownTag}`]: slot('stack') } }

function onOwn(...actions: readonly string[]): Permission {
  return { actions, resources: [arn('ec2', 'instance/*')], conditions: ours }
}

/** What is launched carries our tag from its first moment on. */
const making: readonly Permission[] = [
  {
    actions: ['ec2:RunInstances', 'ec2:CreateFleet'],
    resources: [arn('ec2', 'instance/*'), arn('ec2', 'volume/*'), arn('ec2', 'fleet/*')],
    conditions: { StringEquals: { [`aws:RequestTag/${ownTag}`]: slot('stack') } },
  },
  {
    actions: ['ec2:RunInstances', 'ec2:CreateFleet'],
    resources: [
      arn('ec2', 'image/*', { account: false }),
      arn('ec2', 'snapshot/*', { account: false }),
      ...['subnet', 'security-group', 'network-interface', 'key-pair', 'launch-template'].map(kind =>
        arn('ec2', `${kind}/*`),
      ),
    ],
  },
  {
    actions: ['ec2:CreateTags'],
    resources: [arn('ec2', '*/*')],
    conditions: {
      StringEquals: { 'ec2:CreateAction': ['RunInstances', 'CreateFleet', 'CreateLaunchTemplate'] },
    },
  },
  {
    actions: ['ec2:CreateLaunchTemplate'],
    resources: [arn('ec2', 'launch-template/*')],
    conditions: { StringEquals: { [`aws:RequestTag/${ownTag}`]: slot('stack') } },
  },
  ...tidying(),
  { actions: ['ec2:DescribeImages'] },
  // Images may be named by AWS's public parameters.
  {
    actions: ['ssm:GetParameter'],
    resources: [arn('ssm', 'parameter/aws/service/*', { account: false })],
  },
  {
    actions: ['iam:PassRole'],
    resources: [arn('iam', 'role/*', { region: false })],
    conditions: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
  },
]

/** What each verb does at AWS, its leases and records included; whoever waits for a machine knocks at it. */
export const verbPermissions = {
  create: [
    ...storeWriting,
    looking,
    ...making,
    onOwn('ec2:StartInstances', 'ec2:TerminateInstances', 'ec2:ModifyInstanceAttribute'),
    ...runCommandPermissions,
  ],
  start: [...storeWriting, looking, onOwn('ec2:StartInstances'), ...runCommandPermissions],
  ready: [...storeWriting, looking, ...runCommandPermissions],
  stop: [...storeWriting, looking, onOwn('ec2:StopInstances')],
  restart: [
    ...storeWriting,
    looking,
    onOwn('ec2:RebootInstances', 'ec2:StartInstances', 'ec2:StopInstances'),
    ...runCommandPermissions,
  ],
  destroy: [...storeWriting, looking, ...ending()],
  repair: [
    ...storeWriting,
    looking,
    ...making,
    onOwn('ec2:StartInstances'),
    ...ending(),
    ...runCommandPermissions,
  ],
  sync: [...storeWriting, looking],
} satisfies Readonly<Record<string, readonly Permission[]>>

/** The launch template that a fleet needs is there for the time of its launch, and may stay where that was cut off. */
function tidying(): readonly Permission[] {
  return [
    { actions: ['ec2:DescribeLaunchTemplates'] },
    {
      actions: ['ec2:DeleteLaunchTemplate'],
      resources: [arn('ec2', 'launch-template/*')],
      conditions: ours,
    },
  ]
}

/** A volume that is kept must not go with its instance, and is told of. */
function ending(): readonly Permission[] {
  return [
    onOwn('ec2:TerminateInstances', 'ec2:ModifyInstanceAttribute'),
    { actions: ['ec2:DescribeVolumes'] },
  ]
}
