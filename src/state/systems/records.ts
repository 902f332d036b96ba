import { explainIssues } from '../../core/errors.ts'
import { findNotJson } from '../../core/json.ts'
import { InvalidSystem } from '../../core/systems/spec.ts'
import { type Author, UnreadableSystem } from '../../core/systems/store.ts'
import { type NewSystem, type System, type SystemChange, systemSchema } from '../../core/systems/system.ts'

/** What a system is when it is added. Throws `InvalidSystem` for what could not be read back. */
export function firstRecord(system: NewSystem, { at }: Author): System {
  return checked(system.hostname, { ...system, revision: 1, createdAt: at, updatedAt: at })
}

/** What a change makes of a system, under its next revision. Throws `InvalidSystem`. */
export function nextRecord(system: System, change: SystemChange, { at }: Author): System {
  const { id, provider, createdAt } = system
  const revision = system.revision + 1
  return checked(system.hostname, {
    ...system,
    ...change,
    ...{ id, provider, createdAt, revision, updatedAt: at },
  })
}

/** Reads a record as it was kept. Throws `UnreadableSystem`, which names the system. */
export function readRecord({ id, hostname }: Pick<System, 'id' | 'hostname'>, text: string): System {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw unreadable(id, hostname, 'it is no JSON', cause)
  }
  const parsed = systemSchema.safeParse(value)
  if (!parsed.success) throw unreadable(id, hostname, explainIssues(parsed.error.issues), parsed.error)
  if (parsed.data.id !== id) throw unreadable(id, hostname, `it calls itself ${parsed.data.id}`)
  return parsed.data
}

/** An error for what is kept of a system and can't be read. */
export function unreadable(id: string, called: string, reason: string, cause?: unknown): UnreadableSystem {
  return new UnreadableSystem(
    `what is kept of ${called} (${id}) can't be read: ${reason}; update Re-ops if a newer version wrote it, otherwise put it right from an export with reops state import --replace`,
    { cause, detail: { system: id } },
  )
}

function checked(called: string, system: unknown): System {
  const parsed = systemSchema.safeParse(system)
  if (!parsed.success)
    throw new InvalidSystem(`${called} can't be kept: ${explainIssues(parsed.error.issues)}`)
  const lost = findNotJson(parsed.data)
  if (lost !== undefined)
    throw new InvalidSystem(
      `${called} can't be kept: ${lost.path} is ${lost.found}; everything of a system is plain data`,
    )
  // A copy, without the fields that were taken away: what the caller does to its object changes nothing here.
  return JSON.parse(JSON.stringify(parsed.data)) as System
}
