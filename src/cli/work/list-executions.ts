import type { ExecutionFilter, ExecutionSummary } from '../../core/executions.ts'
import type { Style } from '../../operations/output/format/index.ts'
import { type Cell, paintedTable } from '../../operations/output/format/painted-table.ts'
import { formatMilliseconds } from '../../operations/output/format/time.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { isExecuted } from '../executions/find.ts'
import { withExecutions } from '../executions/open.ts'
import { parseSince } from '../executions/since.ts'
import { parseStatus, statusTones, statusWord } from '../executions/status.ts'
import { formatDate } from '../history/date.ts'
import { wordsText } from '../history/words.ts'
import { given, text, wholeNumber } from '../parse.ts'
import { styleFor } from '../session/printer.ts'

const usualLimit = 20
const highestLimit = 100_000

/** Prints the executions that were begun here, newest first. */
export async function listExecutions(context: CommandContext, args: Args): Promise<number> {
  const filter = filterOf(args)
  const print = (found: readonly ListedExecution[]) => printExecutions(context, args, found, filter)
  return withExecutions(
    context,
    args,
    async ({ store }) => print(store.list(filter)),
    () => print([]),
  )
}

/** Which executions the flags ask for, and one more, by which it is seen whether there are others. */
export function filterOf(args: Args): ExecutionFilter & { readonly limit: number } {
  const limit = wholeNumber(args, 'limit', 1, highestLimit) ?? usualLimit
  const status = text(args, 'status')
  const since = text(args, 'since')
  return {
    flow: text(args, 'flow'),
    status: status === undefined ? undefined : parseStatus(status),
    since: since === undefined ? undefined : parseSince(since, Date.now()),
    limit: limit + 1,
  }
}

/** An execution of ours, or one in the cloud, of which less is known. */
export type ListedExecution = Omit<ExecutionSummary, 'version' | 'deadline' | 'lease'> &
  Partial<Pick<ExecutionSummary, 'version' | 'deadline' | 'lease'>>

/** Prints executions, one fewer than the filter's limit. `executedBy` is who executes all that run. */
export function printExecutions(
  context: CommandContext,
  args: Args,
  found: readonly ListedExecution[],
  filter: ReturnType<typeof filterOf>,
  executedBy?: string,
): number {
  const limit = filter.limit - 1
  const executions = found.slice(0, limit)
  const more = found.length > limit
  const own = given(args, 'no-color') ? withoutColor(context) : context
  const { limit: _limit, ...filters } = filter
  const filtered = Object.values(filters).some(one => one !== undefined)
  context.stdout.write(
    given(args, 'json')
      ? `${JSON.stringify({ executions: executions.map(documentOf), more }, null, 2)}\n`
      : table(executions, more, styleFor(own, own.stdout), filtered, executedBy),
  )
  return 0
}

/** What `--json` says of an execution, here and in `show`; times are ISO 8601. */
export function documentOf(execution: ListedExecution): object {
  const { id, name, flow, version, status, startedAt, stoppedAt, deadline } = execution
  const { error, cause, redrives, parent, lease } = execution
  return {
    name,
    id,
    flow,
    ...(version === undefined ? {} : { version }),
    status,
    startedAt: new Date(startedAt).toISOString(),
    stoppedAt: stoppedAt === undefined ? null : new Date(stoppedAt).toISOString(),
    ...(deadline === undefined ? {} : { deadline: new Date(deadline).toISOString() }),
    redrives,
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    ...(parent === undefined ? {} : { parent }),
    ...(lease === undefined ? {} : { executedBy: lease.owner }),
  }
}

function table(
  executions: readonly ListedExecution[],
  more: boolean,
  style: Style,
  filtered: boolean,
  executedBy: string | undefined,
): string {
  if (executions.length === 0)
    return filtered
      ? 'no such executions\n'
      : `no executions yet; reops run <flow>${executedBy === undefined ? '' : ' --cloud'} begins one\n`
  const now = Date.now()
  const lines = paintedTable(
    [{ heading: 'name', share: 0.35 }, { heading: 'flow', share: 0.2 }, 'status', 'started', 'took', ''],
    executions.map(execution => rowOf(execution, now, executedBy)),
    style,
  )
  const rest = more ? [`the newest ${executions.length}; there are more, which --limit shows`] : []
  return `${[...lines, ...rest].join('\n')}\n`
}

function rowOf(execution: ListedExecution, now: number, executedBy: string | undefined): Cell[] {
  const { name, flow, status, startedAt, stoppedAt } = execution
  const left = status === 'RUNNING' && executedBy === undefined && !isExecuted(execution, now)
  return [
    name,
    flow,
    { text: statusWord(status), tone: statusTones[status] },
    formatDate(startedAt),
    formatMilliseconds(Math.max(0, (stoppedAt ?? now) - startedAt)),
    left
      ? { text: 'nobody executes it; reops resume goes on', tone: 'yellow' }
      : { text: wordsText('', execution), tone: statusTones[status] },
  ]
}
