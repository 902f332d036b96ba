import { describe, expect, test } from 'vitest'
import { allowed, flat, functionNamed, roleOf, type Synthesised } from '../synth.ts'

/** What is expected of the way to the bridge. */
export function bridgeTests(all: () => Synthesised): void {
  describe('the function of the bridge', () => {
    test('reads its one parameter', () => {
      expect(allowed(all(), roleOf(functionNamed(all(), 'bridge'), 'Role'))).toContainEqual({
        Effect: 'Allow',
        Action: 'ssm:GetParameter',
        Resource:
          'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/closet/bridge/client-key',
      })
    })

    test('stands in the VPC, from where it reaches the bridge and APIs of AWS; its code makes no interfaces', () => {
      const { VpcConfig } = functionNamed(all(), 'bridge').Properties
      expect(VpcConfig.SubnetIds).toEqual(['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb'])
      const group = all().template.Resources[VpcConfig.SecurityGroupIds[0]['Fn::GetAtt'][0]]!.Properties
      expect(group.VpcId).toBe('vpc-0123456789abcdef0')
      expect(group.SecurityGroupIngress).toBeUndefined()
      expect(group.SecurityGroupEgress.map((one: any) => [one.CidrIp, one.FromPort, one.ToPort])).toEqual([
        ['10.1.2.3/32', 5760, 5760],
        ['0.0.0.0/0', 443, 443],
      ])
      const denied = allowed(all(), roleOf(functionNamed(all(), 'bridge'), 'Role')).find(
        ({ Effect }) => Effect === 'Deny',
      )
      expect(denied.Condition.ArnEquals['lambda:SourceFunctionArn']).toMatch(/:function:closet-bridge$/)
    })

    test('is the only one that does', () => {
      const inVpc = Object.values(all().of('AWS::Lambda::Function')).filter(one => one.Properties.VpcConfig)
      expect(inVpc.map(one => one.Properties.FunctionName)).toEqual(['closet-bridge'])
    })

    test('the bridge itself gets a policy to answer tasks with', () => {
      const { Properties } = all().one('AWS::IAM::ManagedPolicy', 'ManagedPolicyName', 'closet-bridge')
      const actions = flat(Properties.PolicyDocument.Statement).flatMap((one: any) => one.Action)
      expect(actions).toEqual(
        expect.arrayContaining(['states:SendTaskSuccess', 's3:PutObject', 'dynamodb:ConditionCheckItem']),
      )
    })
  })
}
