import { describe, expect, test } from 'vitest'
import { refuseSkill } from '../../../infra/alexa.ts'
import { awsSettingsSchema } from '../../../src/core/aws.ts'
import { allowed, flat, functionNamed, roleOf, type Synthesised } from '../synth.ts'

const skillId = 'amzn1.ask.skill.01234567-89ab-cdef-0123-456789abcdef'

/** What is expected of the skill's function. */
export function skillTests(all: () => Synthesised): void {
  describe('the skill', () => {
    test('is called by Alexa, for its own id alone, and by nobody else', () => {
      const { id } = functionNamed(all(), 'alexa')
      const permissions = Object.values(all().of('AWS::Lambda::Permission'))
        .map(({ Properties }) => flat(Properties))
        .filter(one => one.FunctionName === `<${id}.Arn>`)
      expect(permissions).toEqual([
        {
          Action: 'lambda:InvokeFunction',
          EventSourceToken: skillId,
          FunctionName: `<${id}.Arn>`,
          Principal: 'alexa-appkit.amazon.com',
        },
      ])
      expect(flat(all().template.Outputs.SkillEndpoint!.Value)).toBe(`<${id}.Arn>`)
    })

    test('may start the machines of voiced flows, look at what it started, and nothing besides', () => {
      const places = '<AWS::Region>:<AWS::AccountId>'
      const statements = allowed(all(), roleOf(functionNamed(all(), 'alexa'), 'Role'))
      const actions = statements.flatMap(({ Action }) => Action)
      expect(actions.filter(one => !/^(?:logs|xray):/.test(one))).toEqual([
        'states:StartExecution',
        'states:DescribeExecution',
        'ssm:GetParameter',
      ])
      expect(statements).toContainEqual({
        Effect: 'Allow',
        Action: 'states:StartExecution',
        Resource: ['closet-morning', 'closet-night'].map(
          name => `arn:<AWS::Partition>:states:${places}:stateMachine:${name}`,
        ),
      })
      expect(statements).toContainEqual({
        Effect: 'Allow',
        Action: 'states:DescribeExecution',
        Resource: ['closet-morning', 'closet-night'].map(
          name => `arn:<AWS::Partition>:states:${places}:execution:${name}:voice-*`,
        ),
      })
    })

    test('is told which skill it is and where machines are', () => {
      const { Variables } = functionNamed(all(), 'alexa').Properties.Environment
      expect(JSON.parse(Variables.REOPS_SETTINGS).aws.alexa.skillId).toBe(skillId)
      expect(flat(Variables).REOPS_MACHINES).toBe(
        'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:closet-',
      )
    })

    test('is refused where Alexa calls no functions, and beside a capability of its name', () => {
      const here = awsSettingsSchema.parse({ region: 'eu-central-1' })
      expect(() => refuseSkill(here, [])).toThrow(/Alexa calls no function in eu-central-1/)
      const there = awsSettingsSchema.parse({ region: 'eu-west-1' })
      expect(() => refuseSkill(there, ['code'])).not.toThrow()
      expect(() => refuseSkill(there, ['alexa'])).toThrow(/capability 'alexa'/)
    })
  })
}
