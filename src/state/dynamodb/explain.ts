import { AwsBusy } from '../../core/aws-errors/errors.ts'
import { type AskedOf, explainAws } from '../../core/aws-errors/explain.ts'
import { TableMissing } from './errors.ts'

/** What which table was asked for. */
export interface Asked extends Pick<AskedOf, 'changes' | 'profile' | 'endpoint'> {
  readonly table: string
  /** Such as `PutItem`. */
  readonly call: string
  region(): Promise<string>
}

/** What DynamoDB calls it when others are at the same items, or at the table itself. */
const othersAtIt = /^(?:LimitExceeded|TransactionConflict|TransactionInProgress)/

/** Turns what the SDK threw into an error that says what to do. An error of ours stays as it is. */
export async function explain(thrown: unknown, { table, call, region, ...asked }: Asked): Promise<Error> {
  const { name = '', message = '' } = thrown instanceof Error ? thrown : {}
  const where = await region().catch(() => undefined)
  const options = { cause: thrown, detail: { table, aws: name } }
  if (name.startsWith('ResourceNotFound'))
    return new TableMissing(
      `there is no table ${table} in ${where ?? 'its region'}: run reops deploy, or say in aws of reops.config.ts which stack and region are meant`,
      options,
    )
  if (othersAtIt.test(name))
    return new AwsBusy(
      `others were at the table ${table} up to the last try (${message}): try again in a moment`,
      options,
    )
  return explainAws(thrown, { action: `dynamodb:${call}`, of: `the table ${table}`, region: where, ...asked })
}
