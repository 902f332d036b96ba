import { paint } from '../../operations/output/format/index.ts'
import { neutraliseLine } from '../../operations/output/format/neutralise.ts'
import { formatDate, formatMilliseconds } from '../../operations/output/format/time.ts'
import { stateFolder } from '../../run/config.ts'
import { askDaemon } from '../../run/daemon/ask.ts'
import { type Left, readLeft } from '../../run/daemon/left.ts'
import type { DaemonStatus } from '../../run/daemon/status.ts'
import { notice, print, table } from '../bridge/print.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { styleFor } from '../session/printer.ts'

type Schedules = DaemonStatus['schedules']

/** Says how the daemon is, or what the last one has left. Answers 1 where none runs or something is the matter. */
export async function showDaemon(context: CommandContext, args: Args): Promise<number> {
  const loaded = await configuration(context, args)
  const answer = await askDaemon(loaded)
  if (answer !== undefined) {
    const document = { running: true, ...(answer.said as object) }
    print(context, args, document, () => linesOf(context, args, answer.status))
    return answer.status.troubles.length === 0 ? 0 : 1
  }
  const left = await readLeft(loaded, text => notice(context, text))
  print(
    context,
    args,
    { running: false, schedules: left.schedules, decisions: left.decisions, executions: left.executions },
    () => [
      `no daemon runs on ${neutraliseLine(stateFolder(loaded))}; this is what is written down there. reops up starts one`,
      ...leftLines(context, args, left),
    ],
  )
  return 1
}

function linesOf(context: CommandContext, args: Args, status: DaemonStatus): readonly string[] {
  const style = styleOf(context, args)
  const { executor, sensors, forward, bridge, metrics, webhooks, inCloud = [] } = status
  const up = formatMilliseconds(Math.max(0, Date.now() - Date.parse(status.startedAt)))
  const facts = [
    `daemon ${status.version} is process ${status.pid}, up ${up}${status.draining ? ', draining' : ''}`,
    `executions  ${executor.count} under way, ${executor.succeeded} succeeded, ${executor.failed} failed`,
    ...(sensors === undefined ? [] : [`broker      ${brokerWords(sensors)}`]),
    ...(forward === undefined ? [] : [`forwarded   ${forwardWords(forward)}`]),
    ...(bridge === undefined ? [] : [`bridge      ${openWords(bridge)}; reops bridge status says more`]),
    ...(metrics === undefined ? [] : [`metrics     ${openWords(metrics)}`]),
    ...(webhooks === undefined ? [] : [`webhooks    ${openWords(webhooks)}`]),
    ...(inCloud.length === 0 ? [] : [`in AWS      ${inCloud.join(', ')}`]),
  ]
  const watches = status.watches.map(({ name, phase, said, last }) => [
    name,
    phase,
    said,
    last === undefined ? 'nothing yet' : `${last.carried} ${last.key}, ${formatDate(Date.parse(last.at))}`,
  ])
  const columns = [{ heading: 'watch', share: 0.3 }, 'phase', 'said', 'did last']
  return [
    ...status.troubles.map(trouble => paint('red', `! ${neutraliseLine(trouble)}`, style)),
    ...(status.wemo?.notices ?? []).map(text => paint('yellow', `! ${neutraliseLine(text)}`, style)),
    ...facts.map(neutraliseLine),
    '',
    ...scheduleLines(context, args, status.schedules),
    ...(watches.length === 0 ? [] : ['', ...table(context, args, columns, watches, '')]),
  ]
}

function leftLines(
  context: CommandContext,
  args: Args,
  { schedules, decisions, executions }: Left,
): string[] {
  const rows = decisions.map(({ watch, at, action }) => [
    watch,
    formatDate(at),
    action === undefined ? '' : `${action.carried} ${action.key}`,
  ])
  const left = executions.length === 0 ? [] : [`left behind: ${neutraliseLine(executions.join(', '))}`]
  return [
    ...left,
    '',
    ...scheduleLines(context, args, schedules),
    ...(rows.length === 0
      ? []
      : ['', ...table(context, args, [{ heading: 'watch', share: 0.4 }, 'at', 'did'], rows, '')]),
  ]
}

function scheduleLines(context: CommandContext, args: Args, schedules: Schedules | Left['schedules']) {
  const rows = schedules.map(({ name, flow, when, timezone, enabled, next, last }) => [
    name,
    flow,
    timezone === 'UTC' ? when : `${when} ${timezone}`,
    enabled ? (next === undefined ? '-' : formatDate(Date.parse(next))) : 'not enabled',
    last === undefined ? 'nothing yet' : lastWords(last),
  ])
  const columns = [{ heading: 'schedule', share: 0.2 }, 'flow', 'when', 'next', 'did last']
  return table(context, args, columns, rows, 'no schedules are declared')
}

function lastWords(last: NonNullable<Schedules[number]['last']>): string {
  const { code, count, due, execution, carried } = last
  const at = formatDate(Date.parse(due))
  if (execution !== undefined) return `${carried} ${execution}`
  return code === 'overlap'
    ? `left out at ${at}: the one before went on`
    : `missed ${count}, the last at ${at}`
}

function brokerWords({ up, url, connected, since, problem }: NonNullable<DaemonStatus['sensors']>): string {
  if (!up) return problem ?? 'not there'
  const when = since === undefined ? '' : ` since ${formatDate(Date.parse(since))}`
  return `${connected ? 'connected to' : 'not connected to'} ${url}${when}${problem === undefined || connected ? '' : `: ${problem}`}`
}

function forwardWords({
  bus,
  topics,
  forwarded,
  waiting,
  failed,
  last,
}: NonNullable<DaemonStatus['forward']>) {
  const when = last === undefined ? '' : `, the last at ${formatDate(Date.parse(last))}`
  const trouble = waiting + failed === 0 ? '' : `; ${waiting} wait, ${failed} tries failed`
  return `${forwarded} readings of ${topics} topics to the event bus ${bus}${when}${trouble}`
}

function openWords({
  up,
  at,
  problem,
}: {
  up: boolean
  at?: string | undefined
  problem?: string | undefined
}) {
  return up ? (at ?? 'up') : (problem ?? 'not there')
}

function styleOf(context: CommandContext, args: Args) {
  const own = given(args, 'no-color') ? withoutColor(context) : context
  return styleFor(own, own.stdout)
}
