import { describe, expect, test } from 'vitest'
import { allowed, flat, type Synthesised } from '../synth.ts'

/** What is expected of state machines. */
export function machineTests(all: () => Synthesised): void {
  describe('state machines', () => {
    test('are Standard, traced, and log what happened without its data', () => {
      for (const flow of all().project.machines.keys()) {
        const { Properties } = all().one(
          'AWS::StepFunctions::StateMachine',
          'StateMachineName',
          `closet-${flow}`,
        )
        expect(Properties).toMatchObject({
          StateMachineType: 'STANDARD',
          TracingConfiguration: { Enabled: true },
          LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
        })
        const [destination] = Properties.LoggingConfiguration.Destinations
        const [group] = destination.CloudWatchLogsLogGroup.LogGroupArn['Fn::GetAtt']
        expect(all().template.Resources[group]!.Properties).toMatchObject({
          LogGroupName: '/aws/vendedlogs/states/closet',
          RetentionInDays: 14,
        })
      }
    })

    test('are the very ASL that the compiler gives, with published versions for functions', () => {
      for (const [flow, { machine }] of all().project.machines) {
        const { Properties } = all().one(
          'AWS::StepFunctions::StateMachine',
          'StateMachineName',
          `closet-${flow}`,
        )
        expect(Properties.DefinitionString).toBe(JSON.stringify(machine))
        const named = [...Properties.DefinitionString.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name)
        expect(Object.keys(Properties.DefinitionSubstitutions).sort()).toEqual([...new Set(named)].sort())
        for (const version of Object.values<any>(Properties.DefinitionSubstitutions))
          expect(all().template.Resources[version.Ref]!.Type).toBe('AWS::Lambda::Version')
      }
    })

    test('call the functions that they name, in any version, and nothing else', () => {
      const { Properties } = all().one('AWS::StepFunctions::StateMachine', 'StateMachineName', 'closet-zones')
      const statements = allowed(all(), Properties.RoleArn['Fn::GetAtt'][0])
      const invoking = statements.filter(({ Action }) => [Action].flat().includes('lambda:InvokeFunction'))
      expect(invoking.map(one => one.Resource)).toEqual([expect.stringMatching(/^<DnsFunction\w+\.Arn>:\*$/)])
      expect(
        statements.flatMap(one => one.Action).filter((one: string) => one.startsWith('states:')),
      ).toEqual([])
    })

    test('that fan out widely may start and follow their own children', () => {
      const { Properties } = all().one('AWS::StepFunctions::StateMachine', 'StateMachineName', 'closet-many')
      const statements = allowed(all(), Properties.RoleArn['Fn::GetAtt'][0])
      expect(statements).toContainEqual({
        Effect: 'Allow',
        Action: 'states:StartExecution',
        Resource: 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:closet-many',
      })
    })

    test('are trusted on behalf of this account alone', () => {
      const { Properties } = all().one('AWS::StepFunctions::StateMachine', 'StateMachineName', 'closet-zones')
      const role = all().template.Resources[Properties.RoleArn['Fn::GetAtt'][0]]!.Properties
      expect(flat(role.AssumeRolePolicyDocument.Statement[0].Condition)).toEqual({
        StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' },
        ArnLike: {
          'aws:SourceArn': 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:*',
        },
      })
    })
  })
}
