import { paint } from '../../../operations/output/format/index.ts'
import { neutraliseLine } from '../../../operations/output/format/neutralise.ts'
import { formatMilliseconds } from '../../../operations/output/format/time.ts'
import type { BridgeStatus } from '../../../run/bridge/status.ts'
import { withoutColor } from '../../color.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { formatDate } from '../../history/date.ts'
import { given } from '../../parse.ts'
import { configuration } from '../../session/configuration.ts'
import { styleFor } from '../../session/printer.ts'
import { print, table } from '../print.ts'
import { askStatus } from './ask.ts'

/** Asks a running bridge how it is, and prints that. Answers 1 when something is the matter with it. */
export async function showStatus(context: CommandContext, args: Args): Promise<number> {
  const { url, said, status } = await askStatus(await configuration(context, args))
  print(context, args, said as object, () => linesOf(context, args, url, status))
  return status.troubles.length === 0 ? 0 : 1
}

function linesOf(context: CommandContext, args: Args, url: string, status: BridgeStatus): readonly string[] {
  const now = Date.now()
  const own = given(args, 'no-color') ? withoutColor(context) : context
  const style = styleFor(own, own.stdout)
  const ago = (time: number) => formatMilliseconds(Math.max(0, now - time))
  const { queue, outbox, keyring, audit } = status
  const limit = queue.limit === undefined ? '' : ` of ${queue.limit}`
  const jobs = Object.entries(status.jobs)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
  const facts = [
    `bridge ${status.version} at ${url}, up ${ago(status.startedAt)}; its key is ${status.key}`,
    `queue    ${queue.waiting}${limit} waiting, ${queue.running} at work`,
    `jobs     ${jobs.join(', ') || 'none yet'}`,
    ...(outbox === undefined ? [] : [`outbox   ${outboxWords(outbox, ago)}`]),
    `keyring  ${keyring.live} keys, ${keyring.tokens} tokens not used yet`,
    `audit    entry ${audit.seq}, head ${audit.seq}:${audit.hash}`,
  ].map(neutraliseLine)
  const heading = (title: string, lines: readonly string[]) => ['', paint('bold', title, style), ...lines]
  const rows = {
    endpoints: status.endpoints.map(({ for: what, at, up }) => [what, at, up ? 'up' : 'down']),
    sessions: status.sessions.map(one => [one.name, one.role, formatDate(one.since), one.from ?? '']),
    agents: status.agents.map(one => [
      one.host,
      one.state,
      one.version,
      `${ago(one.lastHeardAt)} ago`,
      `${one.running} + ${one.waiting}`,
      one.os ?? '',
    ]),
  }
  return [
    ...status.troubles.map(trouble => paint('red', `! ${neutraliseLine(trouble)}`, style)),
    ...facts,
    ...heading('endpoints', table(context, args, ['for', 'at', ''], rows.endpoints, 'none')),
    ...heading(
      'sessions',
      table(
        context,
        args,
        [{ heading: 'name', share: 0.3 }, 'role', 'since', 'from'],
        rows.sessions,
        'nobody is connected',
      ),
    ),
    ...heading(
      'agents',
      table(
        context,
        args,
        [{ heading: 'host', share: 0.3 }, 'state', 'version', 'heard', 'calls', 'os'],
        rows.agents,
        'no agent has registered since it began',
      ),
    ),
  ]
}

function outboxWords(
  { waiting, oldestAt }: NonNullable<BridgeStatus['outbox']>,
  ago: (time: number) => string,
): string {
  if (waiting === 0) return 'Step Functions has every answer'
  const oldest = oldestAt === undefined ? '' : `, the oldest for ${ago(oldestAt)}`
  return `${waiting} ${waiting === 1 ? 'answer waits' : 'answers wait'} for Step Functions${oldest}`
}
