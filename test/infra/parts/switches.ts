import { describe, expect, test } from 'vitest'
import { skillPermissions } from '../../../infra/alexa.ts'
import { awsSettingsSchema } from '../../../src/core/aws.ts'
import { flat, type Synthesised } from '../synth.ts'

/** What is expected of the way on which switches at home start flows here. */
export function switchesTests(all: () => Synthesised): void {
  describe('switches at home', () => {
    test('get a policy to start their flows that run here, and see what words came to', () => {
      const { Properties } = all().one('AWS::IAM::ManagedPolicy', 'ManagedPolicyName', 'closet-switches')
      const states = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>'
      const flows = ['closet-morning', 'closet-night']
      expect(flat(Properties.PolicyDocument.Statement)).toEqual([
        {
          Effect: 'Allow',
          Action: ['states:ListExecutions', 'states:StartExecution'],
          Resource: flows.map(name => `${states}:stateMachine:${name}`),
        },
        {
          Effect: 'Allow',
          Action: 'states:DescribeExecution',
          Resource: flows.map(name => `${states}:execution:${name}:voice-*`),
        },
      ])
      expect((all().template.Outputs.SwitchesPolicyArn as any).Value.Ref).toMatch(/^SwitchesPolicy/)
    })

    test('are what the skill looks at besides, where they undo what it starts', () => {
      const [start, look] = skillPermissions([], awsSettingsSchema.parse({}), ['plexOff', 'plexOff'])
      expect(start?.resources).toEqual([])
      expect(look?.resources).toEqual([expect.stringMatching(/:execution:re-ops-plexOff:voice-\*$/)])
    })
  })
}
