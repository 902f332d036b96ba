import * as lambda from 'aws-cdk-lib/aws-lambda'
import { CfnOutput } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { AwsSettings, Permission } from '../src/core/aws.ts'
import { InvalidConfig } from '../src/core/errors.ts'
import { sessionKeyParameter } from '../src/core/voice/settings.ts'
import { type NamedVoice, voicePrefix } from '../src/triggers/alexa/index.ts'
import type { DeployedFunction } from './function.ts'

/** The substitution by which the skill's function is known here; no machine calls it. */
export const skillFunction = 'AlexaFunction'

/** Where Alexa calls functions (Alexa Skills Kit, hosting a custom skill). */
const regions = ['us-east-1', 'us-west-2', 'eu-west-1', 'ap-northeast-1']

/**
 * What the skill's function may do: start the machines of flows that have a voice, look at the executions that are named as
 * those by voice are, and read the key by which it seals questions. `undoing` are the flows of which it has to know whether they
 * were started in between, to tell a word that is said anew from one that was heard twice.
 */
export function skillPermissions(
  voices: Iterable<NamedVoice>,
  { stack }: AwsSettings,
  undoing: Iterable<string> = [],
): readonly Permission[] {
  const flows = [...new Set([...voices].map(({ flow }) => flow))].sort()
  const states = `arn:\${partition}:states:\${region}:\${account}`
  return [
    {
      actions: ['states:StartExecution'],
      resources: flows.map(flow => `${states}:stateMachine:${stack}-${flow}`),
    },
    {
      actions: ['states:DescribeExecution'],
      resources: [...new Set([...flows, ...undoing])]
        .sort()
        .map(flow => `${states}:execution:${stack}-${flow}:${voicePrefix}*`),
    },
    {
      actions: ['ssm:GetParameter'],
      resources: [`arn:\${partition}:ssm:\${region}:\${account}:parameter${sessionKeyParameter(stack)}`],
    },
  ]
}

/** Throws `InvalidConfig` where Alexa could not call the function. */
export function refuseSkill({ region }: AwsSettings, capabilities: Iterable<string>): void {
  if (region !== undefined && !regions.includes(region))
    throw new InvalidConfig(
      `aws.alexa names a skill, and Alexa calls no function in ${region}: deploy to ${regions.join(', ')}, or leave aws.alexa.skillId out`,
    )
  if ([...capabilities].includes('alexa'))
    throw new InvalidConfig(
      "an operation has the capability 'alexa', which is the skill's; call it otherwise",
    )
}

/** Lets Alexa call the function, for this skill alone. */
export function addSkill(scope: Construct, { function: made }: DeployedFunction, skillId: string): void {
  // Alexa is told the function's own ARN, which is always its latest version.
  new lambda.CfnPermission(scope, 'SkillPermission', {
    functionName: made.functionArn,
    principal: 'alexa-appkit.amazon.com',
    action: 'lambda:InvokeFunction',
    eventSourceToken: skillId,
  })
  new CfnOutput(scope, 'SkillEndpoint', { value: made.functionArn, description: 'The endpoint of the skill' })
}
