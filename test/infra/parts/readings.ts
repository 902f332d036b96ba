import { describe, expect, test } from 'vitest'
import { flat, type Synthesised } from '../synth.ts'

/** What is expected of the way on which readings come. */
export function readingsTests(all: () => Synthesised): void {
  describe('the daemon at home', () => {
    test('gets a policy to put readings on the one bus, and nothing else there or elsewhere', () => {
      const { Properties } = all().one('AWS::IAM::ManagedPolicy', 'ManagedPolicyName', 'closet-readings')
      const Resource = 'arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/closet'
      expect(flat(Properties.PolicyDocument.Statement)).toEqual([
        {
          Effect: 'Allow',
          Action: 'events:PutEvents',
          Resource,
          Condition: {
            StringEquals: { 'events:source': 're-ops', 'events:detail-type': 'Sensor Reading' },
          },
        },
        { Effect: 'Allow', Action: 'events:DescribeEventBus', Resource },
      ])
      expect(all().template.Outputs.ReadingsPolicyArn?.Value).toEqual({
        Ref: expect.stringMatching(/^ReadingsPolicy/),
      })
    })
  })
}
