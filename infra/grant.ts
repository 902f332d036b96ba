import * as iam from 'aws-cdk-lib/aws-iam'
import { Stack, Validations } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { Permission } from '../src/core/aws.ts'
import { InvalidConfig } from '../src/core/errors.ts'

/** What stands for the placeholders of permissions. */
export type Places = Readonly<
  Record<'table' | 'bucket' | 'region' | 'account' | 'partition' | 'stack', string> & {
    /** Whose address mails are from, and where SES knows it; absent where no mail is configured. */
    sender?: string
    mailRegion?: string
  }
>

/** A permission as IAM's statement. Throws `InvalidConfig` for a placeholder that there is none of. */
export function statementOf(
  { actions, resources, conditions }: Permission,
  places: Places,
): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: [...actions],
    resources: (resources ?? ['*']).map(resource => fill(resource, places)),
    ...(conditions === undefined ? {} : { conditions: fillConditions(conditions, places) }),
  })
}

/**
 * Allows a role what a permission says and nothing else. `reason` says why wildcards in it are as narrow as they can be;
 * cdk-nag is told it for each of them.
 */
export function grant(role: iam.Role, permission: Permission, places: Places, reason: string): void {
  const statement = statementOf(permission, places)
  role.addToPolicy(statement)
  for (const resource of statement.resources) acknowledgeWildcard(role, resource, reason)
}

/** Tells cdk-nag why a policy below a construct names more than one resource at once. */
export function acknowledgeWildcard(scope: Construct, resource: string, reason: string): void {
  const flat = flatten(Stack.of(scope).resolve(resource))
  if (flat.includes('*'))
    Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${flat}]`, reason })
}

function fill(text: string, places: Places): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const place = Object.hasOwn(places, name) ? places[name as keyof Places] : undefined
    if (place !== undefined) return place
    throw new InvalidConfig(
      `the permission ${text} has a placeholder that a deployment can't fill in; it knows ${Object.keys(places).join(', ')}`,
    )
  })
}

function fillConditions(
  conditions: NonNullable<Permission['conditions']>,
  places: Places,
): Record<string, Record<string, string | string[]>> {
  return Object.fromEntries(
    Object.entries(conditions).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).map(([key, value]) => [
          fill(key, places),
          typeof value === 'string' ? fill(value, places) : value.map(one => fill(one, places)),
        ]),
      ),
    ]),
  )
}

/** As cdk-nag writes what only a deployment knows: `<AWS::Region>`, `<StateTable.Arn>`. */
function flatten(node: unknown): string {
  if (typeof node === 'string') return node
  const [[kind, value]] = Object.entries(node as Record<string, any>) as [[string, any]]
  if (kind === 'Fn::Join') return value[1].map(flatten).join(value[0])
  if (kind === 'Fn::GetAtt') return `<${value.join('.')}>`
  return kind === 'Ref' ? `<${value}>` : JSON.stringify(node)
}
