import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { type AuditLog, openAuditLog } from '../../../src/state/audit/log.ts'

/** A folder for a log, which goes away with the test. */
export async function auditFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-audit-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return path.join(folder, 'audit')
}

/** Opens a log, and hears what it says. */
export function open(
  folder: string,
  fileBytes?: number,
): { readonly log: AuditLog; readonly said: string[] } {
  const said: string[] = []
  const log = openAuditLog({ folder, say: text => void said.push(text), fileBytes })
  onTestFinished(() => log.close())
  return { log, said }
}

/** A closed log of so many entries. */
export async function written(folder: string, entries: number, fileBytes?: number): Promise<void> {
  const { log } = open(folder, fileBytes)
  for (let index = 1; index <= entries; index++)
    await log.append({ who: 'laptop', what: 'submit', job: `job-${index}`, bytes: index })
  await log.close()
}
