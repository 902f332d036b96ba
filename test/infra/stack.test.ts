import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everything } from './project.ts'
import { flat, type Synthesised, synthesise } from './synth.ts'

let all: Synthesised

beforeAll(async () => {
  all = await synthesise(everything)
})
afterAll(() => all.end())

/** What a role may do, by the id of its policy's role. */
function allowed(roleId: string): any[] {
  return Object.values(all.of('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some((one: any) => one.Ref === roleId))
    .flatMap(({ Properties }) => flat(Properties.PolicyDocument.Statement))
}

const roleOf = (resource: { Properties: Record<string, any> }, field: string): string =>
  resource.Properties[field]['Fn::GetAtt'][0]

const functionNamed = (capability: string) =>
  all.one('AWS::Lambda::Function', 'FunctionName', `closet-${capability}`)

describe('functions', () => {
  test('there is one for every capability that a flow uses, and none besides', () => {
    const names = Object.values(all.of('AWS::Lambda::Function')).map(one => one.Properties.FunctionName)
    expect(names.sort()).toEqual(
      ['bridge', 'code', 'dns', 'ec2', 'spot', 'ssm', 'store'].map(name => `closet-${name}`),
    )
  })

  test('they run on the pinned runtime, traced, with JSON logs in a group that forgets', () => {
    for (const { Properties } of Object.values(all.of('AWS::Lambda::Function'))) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON' },
      })
      expect(Properties.Timeout).toBeLessThanOrEqual(900)
      const group = all.template.Resources[Properties.LoggingConfig.LogGroup.Ref]!
      expect(group.Properties).toMatchObject({
        LogGroupName: `/aws/lambda/${Properties.FunctionName}`,
        RetentionInDays: 14,
      })
    }
  })

  test('they have the time of their longest operation', () => {
    expect(functionNamed('dns').Properties.Timeout).toBe(90)
    expect(functionNamed('code').Properties.Timeout).toBe(60)
    expect(functionNamed('bridge').Properties.Timeout).toBe(60)
    expect(functionNamed('ssm').Properties.Timeout).toBe(900)
  })

  test('they are told where they are, and no secret', () => {
    const { Variables } = functionNamed('code').Properties.Environment
    expect(flat(Variables)).toMatchObject({
      REOPS_STACK: 'closet',
      REOPS_TABLE: '<StateTable>',
      REOPS_BUCKET: '<DataBucket>',
    })
    const settings = JSON.parse(Variables.REOPS_SETTINGS)
    expect(settings.aws).toMatchObject({ stack: 'closet', ec2: { instanceProfile: 're-ops' } })
    expect(settings.bridge).toEqual({
      url: 'tcp://10.1.2.3:5760',
      key: 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7',
    })
    expect(JSON.stringify(settings)).not.toContain('ops@example.com')
  })

  test("the authors' own functions may write their log, trace, and keep data by its hash", () => {
    expect(allowed(roleOf(functionNamed('code'), 'Role'))).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: expect.stringMatching(/^<CodeFunctionLogs\w+\.Arn>$/),
      },
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: 'arn:<AWS::Partition>:s3:::<DataBucket>/spilled/*',
      },
      { Effect: 'Allow', Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], Resource: '*' },
    ])
  })

  test("a user's own capability gets what its operations declare, filled in", () => {
    expect(allowed(roleOf(functionNamed('dns'), 'Role'))).toContainEqual({
      Effect: 'Allow',
      Action: 'route53:ListResourceRecordSets',
      Resource: 'arn:<AWS::Partition>:route53:::hostedzone/Z123',
      Condition: { StringEquals: { 'aws:PrincipalTag/re-ops': 'closet' } },
    })
  })

  test('what stops instances does it to those that carry the tag of the stack', () => {
    const stopping = allowed(roleOf(functionNamed('ec2'), 'Role')).filter(({ Action }) =>
      [Action].flat().includes('ec2:StopInstances'),
    )
    expect(stopping).toHaveLength(1)
    expect(stopping[0].Condition).toEqual({ StringEquals: { 'aws:ResourceTag/re-ops': 'closet' } })
  })

  test('no role has a managed policy of AWS', () => {
    for (const { Properties } of Object.values(all.of('AWS::IAM::Role')))
      expect(Properties.ManagedPolicyArns).toBeUndefined()
  })

  test('the policies fit into what IAM takes', () => {
    const sizes = new Map<string, number>()
    for (const { Properties } of Object.values(all.of('AWS::IAM::Policy')))
      for (const role of Properties.Roles)
        sizes.set(
          role.Ref,
          (sizes.get(role.Ref) ?? 0) + JSON.stringify(flat(Properties.PolicyDocument)).length,
        )
    expect(Math.max(...sizes.values())).toBeLessThan(10_240)
  })

  test('every version that was published is kept', () => {
    for (const type of ['AWS::Lambda::Version', 'AWS::StepFunctions::StateMachineVersion'])
      for (const one of Object.values(all.of(type)))
        expect(one).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
    expect(Object.keys(all.of('AWS::Lambda::Version'))).toHaveLength(7)
    expect(Object.keys(all.of('AWS::StepFunctions::StateMachineVersion'))).toHaveLength(6)
  })
})

describe('the function of the bridge', () => {
  test('reads its one parameter', () => {
    expect(allowed(roleOf(functionNamed('bridge'), 'Role'))).toContainEqual({
      Effect: 'Allow',
      Action: 'ssm:GetParameter',
      Resource: 'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/closet/bridge/client-key',
    })
  })

  test('stands in the VPC, from where it reaches the bridge and APIs of AWS; its code makes no interfaces', () => {
    const { VpcConfig } = functionNamed('bridge').Properties
    expect(VpcConfig.SubnetIds).toEqual(['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb'])
    const group = all.template.Resources[VpcConfig.SecurityGroupIds[0]['Fn::GetAtt'][0]]!.Properties
    expect(group.VpcId).toBe('vpc-0123456789abcdef0')
    expect(group.SecurityGroupIngress).toBeUndefined()
    expect(group.SecurityGroupEgress.map((one: any) => [one.CidrIp, one.FromPort, one.ToPort])).toEqual([
      ['10.1.2.3/32', 5760, 5760],
      ['0.0.0.0/0', 443, 443],
    ])
    const denied = allowed(roleOf(functionNamed('bridge'), 'Role')).find(({ Effect }) => Effect === 'Deny')
    expect(denied.Condition.ArnEquals['lambda:SourceFunctionArn']).toMatch(/:function:closet-bridge$/)
  })

  test('is the only one that does', () => {
    const inVpc = Object.values(all.of('AWS::Lambda::Function')).filter(one => one.Properties.VpcConfig)
    expect(inVpc.map(one => one.Properties.FunctionName)).toEqual(['closet-bridge'])
  })

  test('the bridge itself gets a policy to answer tasks with', () => {
    const { Properties } = all.one('AWS::IAM::ManagedPolicy', 'ManagedPolicyName', 'closet-bridge')
    const actions = flat(Properties.PolicyDocument.Statement).flatMap((one: any) => one.Action)
    expect(actions).toEqual(
      expect.arrayContaining(['states:SendTaskSuccess', 's3:PutObject', 'dynamodb:ConditionCheckItem']),
    )
  })
})

describe('state machines', () => {
  test('are Standard, traced, and log what happened without its data', () => {
    for (const flow of all.project.machines.keys()) {
      const { Properties } = all.one('AWS::StepFunctions::StateMachine', 'StateMachineName', `closet-${flow}`)
      expect(Properties).toMatchObject({
        StateMachineType: 'STANDARD',
        TracingConfiguration: { Enabled: true },
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      })
      const [destination] = Properties.LoggingConfiguration.Destinations
      const [group] = destination.CloudWatchLogsLogGroup.LogGroupArn['Fn::GetAtt']
      expect(all.template.Resources[group]!.Properties).toMatchObject({
        LogGroupName: '/aws/vendedlogs/states/closet',
        RetentionInDays: 14,
      })
    }
  })

  test('are the very ASL that the compiler gives, with published versions for functions', () => {
    for (const [flow, { machine }] of all.project.machines) {
      const { Properties } = all.one('AWS::StepFunctions::StateMachine', 'StateMachineName', `closet-${flow}`)
      expect(Properties.DefinitionString).toBe(JSON.stringify(machine))
      const named = [...Properties.DefinitionString.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name)
      expect(Object.keys(Properties.DefinitionSubstitutions).sort()).toEqual([...new Set(named)].sort())
      for (const version of Object.values<any>(Properties.DefinitionSubstitutions))
        expect(all.template.Resources[version.Ref]!.Type).toBe('AWS::Lambda::Version')
    }
  })

  test('call the functions that they name, in any version, and nothing else', () => {
    const { Properties } = all.one('AWS::StepFunctions::StateMachine', 'StateMachineName', 'closet-zones')
    const statements = allowed(Properties.RoleArn['Fn::GetAtt'][0])
    const invoking = statements.filter(({ Action }) => [Action].flat().includes('lambda:InvokeFunction'))
    expect(invoking.map(one => one.Resource)).toEqual([expect.stringMatching(/^<DnsFunction\w+\.Arn>:\*$/)])
    expect(statements.flatMap(one => one.Action).filter((one: string) => one.startsWith('states:'))).toEqual(
      [],
    )
  })

  test('that fan out widely may start and follow their own children', () => {
    const { Properties } = all.one('AWS::StepFunctions::StateMachine', 'StateMachineName', 'closet-many')
    const statements = allowed(Properties.RoleArn['Fn::GetAtt'][0])
    expect(statements).toContainEqual({
      Effect: 'Allow',
      Action: 'states:StartExecution',
      Resource: 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:closet-many',
    })
  })

  test('are trusted on behalf of this account alone', () => {
    const { Properties } = all.one('AWS::StepFunctions::StateMachine', 'StateMachineName', 'closet-zones')
    const role = all.template.Resources[Properties.RoleArn['Fn::GetAtt'][0]]!.Properties
    expect(flat(role.AssumeRolePolicyDocument.Statement[0].Condition)).toEqual({
      StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' },
      ArnLike: {
        'aws:SourceArn': 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:*',
      },
    })
  })
})

describe('data', () => {
  test('the table is on demand, can be brought back, forgets by itself, and is hard to lose', () => {
    expect(all.template.Resources.StateTable).toMatchObject({
      Type: 'AWS::DynamoDB::Table',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        TableName: 'closet-state',
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      },
    })
  })

  test('the bucket is encrypted, private, over TLS alone, and forgets by itself', () => {
    const { Properties, DeletionPolicy } = all.template.Resources.DataBucket!
    expect(DeletionPolicy).toBe('RetainExceptOnCreate')
    expect(Properties).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 120, Status: 'Enabled' }] },
    })
    expect(Properties.BucketName).toBeUndefined()
    const [policy] = Object.values(all.of('AWS::S3::BucketPolicy'))
    expect(policy!.Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    )
  })
})

describe('schedules', () => {
  const schedule = (name: string) => all.one('AWS::Scheduler::Schedule', 'Name', name).Properties
  const inputOf = (name: string) => JSON.parse(flat(schedule(name).Target.Input))

  test('are as they are declared, in a group of the stack', () => {
    const [[group]] = Object.entries(all.of('AWS::Scheduler::ScheduleGroup')) as [[string, any]]
    expect(schedule('listHourly')).toMatchObject({
      GroupName: { Ref: group },
      ScheduleExpression: 'rate(1 hour)',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
      Target: { RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 1800 } },
    })
    expect(schedule('stopAtNight')).toMatchObject({
      ScheduleExpression: 'cron(0 22 ? * MON-FRI *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'OFF' },
    })
    expect(schedule('asleep')).toMatchObject({
      ScheduleExpression: 'at(2099-01-31T22:00:00)',
      ScheduleExpressionTimezone: 'America/New_York',
      State: 'DISABLED',
    })
  })

  test('one that may overlap starts its flow with its input, under a name that tells of it', () => {
    expect(inputOf('listHourly')).toEqual({
      StateMachineArn: expect.stringMatching(/^<FlowListing/),
      Name: 'listHourly-<aws.scheduler.execution-id>',
      Input: '{"path":"/srv"}',
    })
  })

  test('one that may not is handed to what looks first', () => {
    const { StateMachineArn, Input } = inputOf('stopAtNight')
    const starter = all.one('AWS::StepFunctions::StateMachine', 'StateMachineName', 'closet-start-scheduled')
    expect(StateMachineArn).toBe(`<${starter.id}>`)
    expect(starter.Properties.StateMachineType).toBe('EXPRESS')
    expect(JSON.parse(Input)).toEqual({
      machine: expect.stringMatching(/^<FlowNight/),
      prefix: 'stopAtNight',
      at: '<aws.scheduler.scheduled-time>',
      input: '{}',
    })
    const statements = allowed(roleOf(starter, 'RoleArn'))
    expect(statements[0]).toMatchObject({ Action: ['states:ListExecutions', 'states:StartExecution'] })
    expect(statements[0].Resource).toEqual([
      expect.stringMatching(/^<FlowListing/),
      expect.stringMatching(/^<FlowNight/),
    ])
  })

  test('a role starts one machine, for schedules of this group', () => {
    const roleId = roleOf({ Properties: schedule('listHourly').Target }, 'RoleArn')
    expect(allowed(roleId)).toEqual([
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: expect.stringMatching(/^<FlowListing/) },
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: expect.stringMatching(/^<DeadLetters/) },
    ])
    const { Condition } = all.template.Resources[roleId]!.Properties.AssumeRolePolicyDocument.Statement[0]
    expect(flat(Condition).StringEquals['aws:SourceArn']).toMatch(/^<SchedulesGroup\w+\.Arn>$/)
  })

  test('what could not be started is a dead letter', () => {
    const [[id, queue]] = Object.entries(all.of('AWS::SQS::Queue')) as [[string, any]]
    expect(schedule('listHourly').Target.DeadLetterConfig.Arn).toEqual({ 'Fn::GetAtt': [id, 'Arn'] })
    expect(queue.Properties).toMatchObject({
      QueueName: 'closet-dead-letters',
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 14 * 86_400,
    })
  })
})

describe('events', () => {
  test('warnings of EC2 go to a version of the spot function, and to the dead letters otherwise', () => {
    const { Properties } = all.one('AWS::Events::Rule', 'Name', 'closet-spot')
    expect(Properties.EventPattern).toEqual({
      source: ['aws.ec2'],
      'detail-type': ['EC2 Spot Instance Interruption Warning', 'EC2 Instance Rebalance Recommendation'],
    })
    const [target] = Properties.Targets
    expect(all.template.Resources[target.Arn.Ref]!.Type).toBe('AWS::Lambda::Version')
    const [queue] = Object.keys(all.of('AWS::SQS::Queue'))
    const letters = { 'Fn::GetAtt': [queue, 'Arn'] }
    expect(target.DeadLetterConfig.Arn).toEqual(letters)
    const [config] = Object.values(all.of('AWS::Lambda::EventInvokeConfig'))
    expect(config!.Properties.DestinationConfig.OnFailure.Destination).toEqual(letters)
  })
})

describe('alarms', () => {
  test('ring for failed executions, dead letters, throttles and a silent bridge', () => {
    const names = Object.values(all.of('AWS::CloudWatch::Alarm')).map(one => one.Properties.AlarmName)
    expect(names.sort()).toEqual(
      [
        ...['listing', 'zones', 'night', 'morning', 'prices', 'many', 'starts'].map(one => `failed-${one}`),
        'dead-letters',
        'throttled',
        'bridge-silent',
      ]
        .map(name => `closet-${name}`)
        .sort(),
    )
  })

  test('all tell the topic, which takes messages of alarms of this stack over TLS', () => {
    const [[topic]] = Object.entries(all.of('AWS::SNS::Topic')) as [[string, any]]
    for (const { Properties } of Object.values(all.of('AWS::CloudWatch::Alarm')))
      expect(Properties.AlarmActions).toEqual([{ Ref: topic }])
    const [policy] = Object.values(all.of('AWS::SNS::TopicPolicy'))
    const statements = flat(policy!.Properties.PolicyDocument.Statement)
    expect(statements.map((one: any) => one.Effect).sort()).toEqual(['Allow', 'Deny'])
    const [subscription] = Object.values(all.of('AWS::SNS::Subscription'))
    expect(subscription!.Properties).toMatchObject({ Protocol: 'email', Endpoint: 'ops@example.com' })
  })

  test('a job without a sign of life is found in the log', () => {
    const [filter] = Object.values(all.of('AWS::Logs::MetricFilter'))
    expect(filter!.Properties.FilterPattern).toBe(
      '{ ($.type = "TaskTimedOut") && ($.details.error = "States.HeartbeatTimeout") }',
    )
  })

  test('there is one dashboard', () => {
    const [board] = Object.values(all.of('AWS::CloudWatch::Dashboard'))
    expect(board!.Properties.DashboardName).toBe('closet')
    const { widgets } = JSON.parse(flat(board!.Properties.DashboardBody))
    expect(widgets.length).toBeGreaterThan(6)
  })
})

describe('the stack', () => {
  test('says where everything is', () => {
    expect(flat(all.template.Outputs)).toMatchObject({
      StateMachineListing: { Value: expect.stringMatching(/^<FlowListing/) },
      TableName: { Value: '<StateTable>' },
      BucketName: { Value: '<DataBucket>' },
      Version: { Value: all.project.release },
    })
  })

  test('tags everything that takes a tag', () => {
    const untagged = Object.entries(all.template.Resources)
      .filter(([, { Type }]) => !takesNone.has(Type))
      .filter(([, { Properties }]) => !JSON.stringify(Properties.Tags ?? '').includes('"re-ops"'))
    expect(untagged.map(([id, { Type }]) => `${id} (${Type})`)).toEqual([])
  })
})

const takesNone = new Set([
  'AWS::CloudWatch::Dashboard',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Version',
  'AWS::Logs::MetricFilter',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::Schedule',
  'AWS::StepFunctions::StateMachineVersion',
])
