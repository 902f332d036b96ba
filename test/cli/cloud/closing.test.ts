import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { documentOf, linesOf } from '../../../src/cli/cloud/deploy/closing.ts'
import { configSchema } from '../../../src/core/config.ts'
import type { Webhook } from '../../../src/core/webhook.ts'
import { flow, pretty, webhook } from '../../../src/index.ts'
import type { Deployed } from '../../../src/run/aws/stack.ts'

const policy = 'arn:aws:iam::123456789012:policy/closet-bridge'
const key = {
  parameter: '/closet/bridge/client-key',
  publicKey: 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7',
  made: false,
}

function deployed(outputs: Deployed['outputs']): Deployed {
  return {
    ...{ stack: 'closet', id: '', region: 'eu-central-1', account: '123456789012', version: '1.0.0' },
    ...{ status: 'CREATE_COMPLETE', changedAt: 0, table: 'closet-state', bucket: 'closet-data-1x' },
    machines: new Map([['listing', 'arn:aws:states:eu-central-1:123456789012:stateMachine:closet-listing']]),
    outputs,
  }
}

const none = new Map<string, Webhook>()

test('a deployment without a bridge says how a flow is run, and nothing of a bridge', () => {
  const closing = { stack: deployed({}), key: undefined, systems: 'local', webhooks: none } as const
  expect(linesOf(closing)).toEqual([
    'closet is deployed in eu-central-1: listing',
    '  reops run listing --cloud runs one there',
  ])
  expect(documentOf(closing)).not.toHaveProperty('forBridge')
  expect(documentOf(closing)).not.toHaveProperty('webhooks')
})

test('one with webhooks says where each is taken, and where its secret is to be', () => {
  const push = flow({ input: z.strictObject({}), steps: pretty() })
  const pushed = webhook('git/push', push, { secret: { parameter: '/closet/hooks/git' } })
  const stack = deployed({ WebhooksEndpoint: 'https://abc.lambda-url.eu-central-1.on.aws/' })
  const closing = {
    stack,
    key: undefined,
    systems: 'local',
    webhooks: new Map([['pushed', pushed]]),
  } as const
  const url = 'https://abc.lambda-url.eu-central-1.on.aws/hooks/git/push'
  expect(linesOf(closing).slice(2)).toEqual([
    'webhooks are taken at',
    `  pushed  ${url}, by the secret in /closet/hooks/git`,
  ])
  expect(documentOf(closing)).toMatchObject({ webhooks: { pushed: url } })
})

test('one through a bridge says word for word what its machine still needs', () => {
  const stack = deployed({ BridgePolicyArn: policy })
  expect(linesOf({ stack, key, systems: 'local', webhooks: none }).slice(2)).toEqual([
    "on the bridge's machine, once, for the flows that work through it:",
    `  let the cloud in      reops keys new closet --public='${key.publicKey}'`,
    "  in reops.config.ts    bridge: { stepFunctions: { region: 'eu-central-1', bucket: 'closet-data-1x' } }",
    `  its user in AWS       aws iam attach-user-policy --user-name … --policy-arn ${policy}`,
  ])
})

test('one with watches that look at sensors says what the daemon needs to tell readings', () => {
  const readings = 'arn:aws:iam::123456789012:policy/closet-readings'
  const stack = deployed({ ReadingsPolicyArn: readings })
  const closing = { stack, key: undefined, systems: 'local', webhooks: none } as const
  expect(linesOf(closing).slice(2)).toEqual([
    'where reops up runs, once, for the watches in AWS that look at sensors:',
    `  its user in AWS       aws iam attach-user-policy --user-name … --policy-arn ${readings}`,
  ])
  expect(documentOf(closing)).toMatchObject({ forDaemon: { policy: readings } })
})

test('what it says to put into reops.config.ts is a configuration', () => {
  const { forBridge } = documentOf({
    stack: deployed({ BridgePolicyArn: policy }),
    key,
    systems: 'cloud',
    webhooks: none,
  }) as { readonly forBridge: { readonly config: readonly string[] } }
  const said = runInNewContext(`({ ${forBridge.config.join(', ')} })`)
  expect(configSchema.parse(said)).toMatchObject({
    bridge: { stepFunctions: { region: 'eu-central-1', bucket: 'closet-data-1x' } },
    aws: { stack: 'closet', systems: 'cloud' },
  })
})
