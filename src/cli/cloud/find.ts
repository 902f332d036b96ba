import { AmbiguousName } from '../../core/execution-errors.ts'
import type { Aws } from '../../run/aws/clients.ts'
import {
  type CloudRecord,
  describeExecution,
  executionArn,
  listExecutions,
} from '../../run/aws/executions.ts'
import type { Deployed } from '../../run/aws/stack.ts'
import { closest } from '../closest.ts'
import { UsageError } from '../usage-error.ts'

/** The newest executions of each flow, among which a beginning of a name is looked for. */
const remembered = 200

/** Executions that are named to who asks for one that isn't there. */
const named = 5

/**
 * One execution in the cloud by its ARN, its name, the unambiguous beginning of one, or `latest`. Throws `UsageError`, which
 * says which there are, and `AmbiguousName`.
 */
export async function findCloudExecution(aws: Aws, stack: Deployed, word: string): Promise<CloudRecord> {
  if (word === '') throw new UsageError('an execution has a name; see reops executions --cloud')
  if (word.startsWith('arn:')) {
    const found = await describeExecution(aws, word)
    if (found !== undefined) return found
    throw new UsageError(`AWS knows no execution ${word}; it forgets them after 90 days`)
  }
  const whole = word === 'latest' ? [] : await byWholeName(aws, stack, word)
  if (whole.length > 1)
    throw new AmbiguousName(
      word,
      whole.map(({ id }) => id),
    )
  if (whole[0] !== undefined) return whole[0]

  const newest = await listExecutions(aws, stack, { limit: word === 'latest' ? 1 : remembered })
  const begun = word === 'latest' ? newest : newest.filter(({ name }) => name.startsWith(word))
  if (begun.length > 1)
    throw new AmbiguousName(
      word,
      begun.slice(0, named).map(({ id }) => id),
    )
  const found = begun[0] && (await describeExecution(aws, begun[0].id))
  if (found !== undefined) return found
  const names = newest.map(({ name }) => name)
  const meant = closest(word, names)
  throw new UsageError(
    `there is no execution ${JSON.stringify(word)} in the cloud; ${
      meant !== undefined
        ? `did you mean ${meant}?`
        : names.length === 0
          ? 'nothing was run there yet: reops run <flow> --cloud begins one'
          : `the latest ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, named).join(', ')}; reops executions --cloud lists them`
    }`,
  )
}

/** A name belongs to a flow, whose own names mostly begin with it; that flow is asked before the others. */
async function byWholeName(aws: Aws, { machines }: Deployed, word: string): Promise<readonly CloudRecord[]> {
  if (!/^[\w.-]{1,80}$/.test(word)) return []
  const usual = [...machines].filter(([flow]) => word.startsWith(`${flow}-`))
  const others = [...machines].filter(([flow]) => !word.startsWith(`${flow}-`))
  for (const group of [usual, others]) {
    const found = await Promise.all(group.map(([, arn]) => describeExecution(aws, executionArn(arn, word))))
    const there = found.filter(one => one !== undefined)
    if (there.length > 0) return there
  }
  return []
}
