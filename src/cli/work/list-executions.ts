import type { ExecutionSummary } from '../../core/executions.ts'
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
  const limit = wholeNumber(args, 'limit', 1, highestLimit) ?? usualLimit
  const status = text(args, 'status')
  const since = text(args, 'since')
  const filter = {
    flow: text(args, 'flow'),
    status: status === undefined ? undefined : parseStatus(status),
    since: since === undefined ? undefined : parseSince(since, Date.now()),
    limit: limit + 1,
  }
  const print = (found: readonly ExecutionSummary[]) => {
    const executions = found.slice(0, limit)
    const more = found.length > limit
    const own = given(args, 'no-color') ? withoutColor(context) : context
    const filtered = Object.values(filter).some(one => one !== undefined && one !== filter.limit)
    context.stdout.write(
      given(args, 'json')
        ? `${JSON.stringify({ executions: executions.map(documentOf), more }, null, 2)}\n`
        : table(executions, more, styleFor(own, own.stdout), filtered),
    )
    return 0
  }
  return withExecutions(
    context,
    args,
    async ({ store }) => print(store.list(filter)),
    () => print([]),
  )
}

/** What `--json` says of an execution, here and in `show`; times are ISO 8601. */
export function documentOf(execution: ExecutionSummary): object {
  const { id, name, flow, version, status, startedAt, stoppedAt, deadline } = execution
  const { error, cause, redrives, parent, lease } = execution
  return {
    name,
    id,
    flow,
    version,
    status,
    startedAt: new Date(startedAt).toISOString(),
    stoppedAt: stoppedAt === undefined ? null : new Date(stoppedAt).toISOString(),
    deadline: new Date(deadline).toISOString(),
    redrives,
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    ...(parent === undefined ? {} : { parent }),
    ...(lease === undefined ? {} : { executedBy: lease.owner }),
  }
}

function table(
  executions: readonly ExecutionSummary[],
  more: boolean,
  style: Style,
  filtered: boolean,
): string {
  if (executions.length === 0)
    return filtered ? 'no such executions\n' : 'no executions yet; reops run <flow> begins one\n'
  const now = Date.now()
  const lines = paintedTable(
    [{ heading: 'name', share: 0.35 }, { heading: 'flow', share: 0.2 }, 'status', 'started', 'took', ''],
    executions.map(execution => rowOf(execution, now)),
    style,
  )
  const rest = more ? [`the newest ${executions.length}; there are more, which --limit shows`] : []
  return `${[...lines, ...rest].join('\n')}\n`
}

function rowOf(execution: ExecutionSummary, now: number): Cell[] {
  const { name, flow, status, startedAt, stoppedAt } = execution
  const left = status === 'RUNNING' && !isExecuted(execution, now)
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
