import { neutraliseLine, paint } from '../../operations/output/format/index.ts'
import { followLogs, type LogGroup, type LogLine, logGroupsOf, readLogs } from '../../run/aws/logs.ts'
import type { Deployed } from '../../run/aws/stack.ts'
import { closest } from '../closest.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { parseSince } from '../executions/since.ts'
import { formatDate } from '../history/date.ts'
import { given, text } from '../parse.ts'
import { styleFor } from '../session/printer.ts'
import { untilLeft } from '../until-left.ts'
import { UsageError } from '../usage-error.ts'
import { withCloud } from './open.ts'

/** How far back is read when nobody says. */
const usually = '15m'

/** Prints what functions and state machines have logged, in the order of time; with `--follow` also what they log from now on. */
export function showLogs(context: CommandContext, args: Args, word: string | undefined): Promise<number> {
  const since = parseSince(text(args, 'since') ?? usually, Date.now())
  return withCloud(context, args, async ({ aws, stack }) => {
    const { groups, flow } = chosen(await logGroupsOf(aws), stack, word)
    const holding = text(args, 'execution') ?? (flow === undefined ? undefined : `${stack.stack}-${flow}:`)
    const watching = untilLeft(context)
    const tell = teller(context, args)
    const query = { groups, since, holding, signal: watching.left }
    try {
      if (given(args, 'follow')) for await (const line of followLogs(aws, query)) tell(line)
      else for (const line of await readLogs(aws, query)) tell(line)
      return watching.status ?? 0
    } catch (error) {
      // Whoever ended the reading knows that it did not come to its end.
      if (watching.status !== undefined) return watching.status
      throw error
    } finally {
      watching.stop()
    }
  })
}

/** The logs of a function by its capability, those that tell of a flow, or all. Throws `UsageError`. */
function chosen(
  all: readonly LogGroup[],
  { machines }: Deployed,
  word: string | undefined,
): { readonly groups: readonly LogGroup[]; readonly flow?: string } {
  if (word === undefined) return { groups: all }
  const groups = all.filter(({ of }) => of === word)
  if (groups.length > 0) return { groups }
  // Who executes a flow names the state machine in every line.
  if (machines.has(word)) return { groups: all, flow: word }
  const names = [...all.map(({ of }) => of), ...machines.keys()]
  const meant = closest(word, names)
  throw new UsageError(
    `there are no logs of ${JSON.stringify(word)}; ${meant === undefined ? `there are ${names.join(', ') || 'none yet'}` : `did you mean ${meant}?`}`,
  )
}

function teller(context: CommandContext, args: Args): (line: LogLine) => void {
  const own = given(args, 'no-color') ? withoutColor(context) : context
  const style = styleFor(own, own.stdout)
  return ({ at, of, text: said }) => {
    if (given(args, 'json')) {
      const document = { time: new Date(at).toISOString(), of, ...messageOf(said) }
      return void context.stdout.write(`${JSON.stringify(document)}\n`)
    }
    const when = paint('dim', formatDate(at), style)
    context.stdout.write(`${when}  ${paint('cyan', of, style)}  ${neutraliseLine(said)}\n`)
  }
}

/** Functions log JSON; Lambda's own lines are text. */
function messageOf(said: string): object {
  try {
    const message: unknown = JSON.parse(said)
    if (typeof message === 'object') return { message }
  } catch {
    // It is plain text, and told as such.
  }
  return { message: said }
}
