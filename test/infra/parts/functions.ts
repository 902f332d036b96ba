import { describe, expect, test } from 'vitest'
import { allowed, flat, functionNamed, roleOf, type Synthesised } from '../synth.ts'

/** What is expected of functions and their roles. */
export function functionTests(all: () => Synthesised): void {
  describe('functions', () => {
    test('there is one for every capability that a flow uses, and none besides', () => {
      const names = Object.values(all().of('AWS::Lambda::Function')).map(one => one.Properties.FunctionName)
      expect(names.sort()).toEqual(
        ['alexa', 'bridge', 'code', 'dns', 'ec2', 'spot', 'ssm', 'store', 'watch', 'webhook'].map(
          name => `closet-${name}`,
        ),
      )
    })

    test('they run on the pinned runtime, traced, with JSON logs in a group that forgets', () => {
      for (const { Properties } of Object.values(all().of('AWS::Lambda::Function'))) {
        expect(Properties).toMatchObject({
          Runtime: 'nodejs24.x',
          Architectures: ['arm64'],
          Handler: 'index.handler',
          TracingConfig: { Mode: 'Active' },
          LoggingConfig: { LogFormat: 'JSON' },
        })
        expect(Properties.Timeout).toBeLessThanOrEqual(900)
        const group = all().template.Resources[Properties.LoggingConfig.LogGroup.Ref]!
        expect(group.Properties).toMatchObject({
          LogGroupName: `/aws/lambda/${Properties.FunctionName}`,
          RetentionInDays: 14,
        })
      }
    })

    test('they have the time of their longest operation', () => {
      expect(functionNamed(all(), 'dns').Properties.Timeout).toBe(90)
      expect(functionNamed(all(), 'code').Properties.Timeout).toBe(60)
      expect(functionNamed(all(), 'bridge').Properties.Timeout).toBe(60)
      expect(functionNamed(all(), 'ssm').Properties.Timeout).toBe(900)
    })

    test('they are told where they are, and no secret', () => {
      const { Variables } = functionNamed(all(), 'code').Properties.Environment
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
      expect(allowed(all(), roleOf(functionNamed(all(), 'code'), 'Role'))).toEqual([
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
      expect(allowed(all(), roleOf(functionNamed(all(), 'dns'), 'Role'))).toContainEqual({
        Effect: 'Allow',
        Action: 'route53:ListResourceRecordSets',
        Resource: 'arn:<AWS::Partition>:route53:::hostedzone/Z123',
        Condition: { StringEquals: { 'aws:PrincipalTag/re-ops': 'closet' } },
      })
    })

    test('what stops instances does it to those that carry the tag of the stack', () => {
      const stopping = allowed(all(), roleOf(functionNamed(all(), 'ec2'), 'Role')).filter(({ Action }) =>
        [Action].flat().includes('ec2:StopInstances'),
      )
      expect(stopping).toHaveLength(1)
      expect(stopping[0].Condition).toEqual({ StringEquals: { 'aws:ResourceTag/re-ops': 'closet' } })
    })

    test('no role has a managed policy of AWS', () => {
      for (const { Properties } of Object.values(all().of('AWS::IAM::Role')))
        expect(Properties.ManagedPolicyArns).toBeUndefined()
    })

    test('the policies fit into what IAM takes', () => {
      const sizes = new Map<string, number>()
      for (const { Properties } of Object.values(all().of('AWS::IAM::Policy')))
        for (const role of Properties.Roles)
          sizes.set(
            role.Ref,
            (sizes.get(role.Ref) ?? 0) + JSON.stringify(flat(Properties.PolicyDocument)).length,
          )
      expect(Math.max(...sizes.values())).toBeLessThan(10_240)
    })

    test('every version that was published is kept', () => {
      for (const type of ['AWS::Lambda::Version', 'AWS::StepFunctions::StateMachineVersion'])
        for (const one of Object.values(all().of(type)))
          expect(one).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
      expect(Object.keys(all().of('AWS::Lambda::Version'))).toHaveLength(10)
      expect(Object.keys(all().of('AWS::StepFunctions::StateMachineVersion'))).toHaveLength(9)
    })
  })
}
