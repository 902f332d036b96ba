import type { Cell } from '../../../operations/output/format/painted-table.ts'
import { formatBytes } from '../../../operations/output/format/time.ts'
import { bridgePlace } from '../../../run/bridge/place.ts'
import type { AuditEntry } from '../../../state/audit/entry.ts'
import { readAudit } from '../../../state/audit/verify.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { parseSince } from '../../executions/since.ts'
import { formatDate } from '../../history/date.ts'
import { text, wholeNumber } from '../../parse.ts'
import { configuration } from '../../session/configuration.ts'
import { print, table } from '../print.ts'

const usualLimit = 200

/** Prints the newest entries that fit. Whether they are what was written, `verify` says. */
export async function showAudit(context: CommandContext, args: Args): Promise<number> {
  const limit = wholeNumber(args, 'limit', 1, 1_000_000) ?? usualLimit
  const fits = filterOf(args)
  const { audit } = bridgePlace(await configuration(context, args))
  const newest: AuditEntry[] = []
  let more = false
  for (const entry of readAudit(audit)) {
    if (!fits(entry)) continue
    newest.push(entry)
    // In one go now and then: taking the first of many away each time is slow.
    if (newest.length >= 2 * limit) {
      newest.splice(0, newest.length - limit)
      more = true
    }
  }
  more ||= newest.length > limit
  const entries = newest.slice(-limit)
  print(context, args, { entries, more }, () => [
    ...(more ? [`the newest ${entries.length}; there are more, which --limit shows`] : []),
    ...table(
      context,
      args,
      [
        'when',
        { heading: 'who', share: 0.2 },
        'what',
        'outcome',
        'operation',
        'bytes',
        { heading: 'job', share: 0.3 },
        '',
      ],
      entries.map(rowOf),
      'nothing; a bridge writes down what it is asked for',
    ),
  ])
  return 0
}

function filterOf(args: Args): (entry: AuditEntry) => boolean {
  const sinceText = text(args, 'since')
  const since = sinceText === undefined ? undefined : parseSince(sinceText, Date.now())
  const job = text(args, 'job')
  const who = text(args, 'who')
  return entry =>
    (since === undefined || Date.parse(entry.time) >= since) &&
    (job === undefined || (entry.job ?? '').startsWith(job)) &&
    (who === undefined || entry.who === who)
}

const tones = {
  accepted: 'green',
  succeeded: 'green',
  refused: 'red',
  failed: 'red',
  unknown: 'yellow',
  cancelled: 'yellow',
} as const

function rowOf(entry: AuditEntry): Cell[] {
  const { time, who, what, outcome = '', operation = '', bytes, job = '', error, why, from, count } = entry
  const tone = Object.hasOwn(tones, outcome) ? tones[outcome as keyof typeof tones] : undefined
  const rest = [error, why, from, count === undefined ? undefined : `${count}`].filter(Boolean)
  return [
    formatDate(Date.parse(time)),
    who,
    what,
    tone === undefined ? outcome : { text: outcome, tone },
    operation,
    bytes === undefined ? '' : formatBytes(bytes),
    job,
    rest.join(', '),
  ]
}
