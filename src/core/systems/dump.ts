import * as z from 'zod'
import { explainIssues, ReopsError } from '../errors.ts'
import { findNotJson, isRecord } from '../json.ts'
import { systemId } from './parts.ts'
import type { ChangeEntry, SystemsDump } from './store.ts'
import { type System, systemSchema } from './system.ts'

/** What was handed in is no export of systems. */
export class DumpForeign extends ReopsError {
  override readonly name = 'DumpForeign'
}

/** A newer version of this program made the export. */
export class DumpNewer extends ReopsError {
  override readonly name = 'DumpNewer'
}

/** An export of systems with something in it that no system has. */
export class InvalidDump extends ReopsError {
  override readonly name = 'InvalidDump'
}

const version = 1
/** So many wrong fields are named; a file that is wrong throughout needs no longer list. */
const namedIssues = 5

const fields = z.record(z.string(), z.unknown())

/** An entry of a system's history, as it is kept and exported. */
export const changeEntrySchema: z.ZodType<ChangeEntry> = z.strictObject({
  system: systemId,
  revision: z.int().min(1),
  at: z.number(),
  by: z.string(),
  kind: z.enum(['created', 'changed', 'removed']),
  before: fields,
  after: fields,
})

const dumpSchema = z.strictObject({
  format: z.literal('reops-systems'),
  version: z.literal(version),
  exportedAt: z.number(),
  systems: z.array(systemSchema),
  history: z.array(changeEntrySchema),
})

/**
 * Reads what `dump` of a store answered, after it was elsewhere. Throws `DumpForeign`, `DumpNewer`, and `InvalidDump`,
 * which names the path of each wrong field.
 *
 * @example
 * await store.restore(parseDump(JSON.parse(text)), { replace: false }, { by: 'reops state import', at: Date.now() })
 */
export function parseDump(value: unknown): SystemsDump {
  if (!isRecord(value) || value.format !== 'reops-systems')
    throw new DumpForeign(
      `this is no export of systems: format: expected "reops-systems" and found ${found(value)}; take a file that reops state export wrote`,
    )
  if (typeof value.version === 'number' && value.version > version)
    throw new DumpNewer(
      `the export is of version ${value.version}, and this program knows versions up to ${version}: version: update Re-ops here, or export again with the version that is here`,
    )
  const parsed = dumpSchema.safeParse(value)
  if (!parsed.success) {
    const { issues } = parsed.error
    const more = issues.length > namedIssues ? `; and ${issues.length - namedIssues} more` : ''
    throw new InvalidDump(
      `the export holds what no system has: ${explainIssues(issues.slice(0, namedIssues))}${more}`,
    )
  }
  const lost = findNotJson(parsed.data)
  if (lost !== undefined)
    throw new InvalidDump(`the export holds what is no plain data: ${lost.path.slice(2)}: ${lost.found}`)
  refuseTwice(parsed.data.systems, 'id')
  refuseTwice(parsed.data.systems, 'hostname')
  return parsed.data
}

function found(value: unknown): string {
  if (isRecord(value)) return value.format === undefined ? 'none' : JSON.stringify(value.format)
  return Array.isArray(value) ? 'a list' : `a ${value === null ? 'null' : typeof value}`
}

function refuseTwice(systems: readonly System[], field: 'id' | 'hostname'): void {
  const first = new Map<string, number>()
  systems.forEach((system, index) => {
    const before = first.get(system[field])
    if (before !== undefined)
      throw new InvalidDump(
        `the export says one thing twice: systems.${index}.${field}: ${system[field]} stands in systems.${before} already; take one of them out`,
      )
    first.set(system[field], index)
  })
}
