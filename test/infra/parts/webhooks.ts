import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { refuseWebhooks } from '../../../infra/webhooks.ts'
import { awsSettingsSchema } from '../../../src/core/aws.ts'
import { flow, pretty, webhook } from '../../../src/index.ts'
import { allowed, flat, functionNamed, roleOf, type Synthesised } from '../synth.ts'

/** What is expected of the function that takes webhooks. */
export function webhookTests(all: () => Synthesised): void {
  describe('webhooks', () => {
    test('are taken at an address that everybody may call, and by no other way', () => {
      const { id } = functionNamed(all(), 'webhook')
      const [[url, { Properties }], ...more] = Object.entries(all().of('AWS::Lambda::Url')) as [
        [string, any],
        ...unknown[],
      ]
      expect(more).toEqual([])
      expect(flat(Properties)).toEqual({ AuthType: 'NONE', TargetFunctionArn: `<${id}.Arn>` })
      const permissions = Object.values(all().of('AWS::Lambda::Permission'))
        .map(one => flat(one.Properties))
        .filter(one => one.FunctionName === `<${id}.Arn>`)
      expect(permissions).toEqual([
        {
          Action: 'lambda:InvokeFunctionUrl',
          FunctionName: `<${id}.Arn>`,
          FunctionUrlAuthType: 'NONE',
          Principal: '*',
        },
        {
          Action: 'lambda:InvokeFunction',
          FunctionName: `<${id}.Arn>`,
          InvokedViaFunctionUrl: true,
          Principal: '*',
        },
      ])
      expect(flat(all().template.Outputs.WebhooksEndpoint!.Value)).toBe(`<${url}.FunctionUrl>`)
    })

    test('take no more of the account than is set apart, and no longer than senders wait', () => {
      const { Properties } = functionNamed(all(), 'webhook')
      expect(Properties).toMatchObject({ ReservedConcurrentExecutions: 5, Timeout: 10 })
      expect(Properties.LoggingConfig.SystemLogLevel).toBe('WARN')
      const others = Object.values(all().of('AWS::Lambda::Function'))
        .filter(one => one.Properties.FunctionName !== 'closet-webhook')
        .filter(one => 'ReservedConcurrentExecutions' in one.Properties)
      expect(others).toEqual([])
    })

    test('may start the machines of their flows, read their secrets, and nothing besides', () => {
      const places = '<AWS::Region>:<AWS::AccountId>'
      const statements = allowed(all(), roleOf(functionNamed(all(), 'webhook'), 'Role')).filter(
        ({ Action }) => ![Action].flat().some((one: string) => /^(?:logs|xray):/.test(one)),
      )
      expect(statements).toEqual([
        {
          Effect: 'Allow',
          Action: 'states:StartExecution',
          Resource: ['closet-listing', 'closet-night'].map(
            name => `arn:<AWS::Partition>:states:${places}:stateMachine:${name}`,
          ),
        },
        {
          Effect: 'Allow',
          Action: 'ssm:GetParameter',
          Resource: ['/closet/hooks/bell', '/closet/hooks/git'].map(
            name => `arn:<AWS::Partition>:ssm:${places}:parameter${name}`,
          ),
        },
      ])
    })

    test('are told where machines are and which of them AWS takes, and no secret', () => {
      const { Variables } = functionNamed(all(), 'webhook').Properties.Environment
      expect(flat(Variables)).toMatchObject({
        REOPS_MACHINES: 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:closet-',
        REOPS_RUNS: 'cloud',
      })
      expect([...all().project.webhooks.keys()].sort()).toEqual(['pushed', 'rung'])
      expect(JSON.parse(Variables.REOPS_SETTINGS).aws).not.toHaveProperty('webhooks')
    })

    test('are refused where their secret is not where a function reads it, and beside a capability of that name', () => {
      const settings = awsSettingsSchema.parse({ stack: 'closet' })
      const one = flow({ input: z.strictObject({}), steps: pretty() })
      const refused = (options: Parameters<typeof webhook>[2]) =>
        expect(() => refuseWebhooks(new Map([['pushed', webhook('git/push', one, options)]]), settings, []))
      refused({ secret: { env: 'GIT_SECRET' } }).toThrow(
        /the webhook pushed .* the variable GIT_SECRET: write { secret: { parameter: '\/closet\/hooks\/git\/push' } } .* --name \/closet\/hooks\/git\/push .* runs: 'daemon'/,
      )
      refused({ bearer: { file: 'word.txt' } }).toThrow(
        /the file word\.txt: write { bearer: { parameter: '\/closet\/hooks\/git\/push' } }/,
      )
      refused({ bearer: { parameter: '/closet/word' } }).not.toThrow()
      expect(() => refuseWebhooks(new Map(), settings, ['code', 'webhook'])).toThrow(/capability 'webhook'/)
    })
  })
}
