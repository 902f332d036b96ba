import path from 'node:path'
import { bridgePlace } from '../../../run/bridge/place.ts'
import type { AuditHead } from '../../../state/audit/entry.ts'
import { type Broken, type Verdict, verifyAudit } from '../../../state/audit/verify.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { text, wholeNumber } from '../../parse.ts'
import { configuration } from '../../session/configuration.ts'
import { UsageError } from '../../usage-error.ts'
import { print } from '../print.ts'

/** Says whether the log is as it was written. Answers 1 when it is not, and when there is none. */
export async function verifyLog(context: CommandContext, args: Args): Promise<number> {
  const from = wholeNumber(args, 'from', 1, Number.MAX_SAFE_INTEGER)
  const remembered = headOf(text(args, 'head'))
  const { audit } = bridgePlace(await configuration(context, args))
  const verdict = await verifyAudit(audit, { from, remembered })
  const { broken, entries, files, first, head } = verdict
  const document = {
    ok: broken === undefined && files > 0,
    entries,
    files,
    first: first ?? null,
    head,
    broken: broken ?? null,
  }
  print(context, args, document, () => linesOf(verdict, path.relative(context.cwd, audit) || '.'))
  return document.ok ? 0 : 1
}

function linesOf({ broken, entries, files, first, head }: Verdict, folder: string): string[] {
  if (broken)
    return [
      brokenLine(broken),
      ...(entries > 0 ? [`what is before it is as it was written (${entries})`] : []),
    ]
  if (files === 0) return [`there is no audit log in ${folder}; a bridge begins one`]
  const range = first === undefined ? '' : `, from ${first} to ${head.seq}`
  return [
    `${entries} ${entries === 1 ? 'entry is' : 'entries are'} as written, in ${files} ${files === 1 ? 'file' : 'files'}${range}`,
    `head ${head.seq}:${head.hash}`,
  ]
}

function brokenLine({ kind, file, line, seq, why }: Broken): string {
  const place = file === undefined ? `entry ${seq}` : `${file}, line ${line} (entry ${seq})`
  return `${place}: ${kind}: ${why}`
}

function headOf(written: string | undefined): AuditHead | undefined {
  if (written === undefined) return undefined
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(written) ?? []
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash }
  throw new UsageError(
    `--head is ${JSON.stringify(written)}; it takes a number and a hash, as reops bridge status and reops audit verify print them`,
  )
}
