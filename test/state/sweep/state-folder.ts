import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { ExecutionStart } from '../../../src/core/executions.ts'
import type { Json } from '../../../src/core/json.ts'
import { openSpillFolder } from '../../../src/state/spill-folder.ts'
import {
  type Database,
  openDatabase,
  openExecutionStore,
  openSystemStore,
} from '../../../src/state/sqlite/index.ts'
import { startOf } from '../executions.ts'

export const day = 86_400_000

/** A state folder on the disk, for one test; times in it are so many days ago. */
export async function openState() {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-sweep-'))
  const database: Database = openDatabase(path.join(folder, 'reops.db'), { fsync: false })
  onTestFinished(async () => {
    database.close()
    await rm(folder, { recursive: true, force: true })
  })
  const now = Date.now()
  const executions = openExecutionStore(database)
  const spilled = openSpillFolder(path.join(folder, 'spilled'))
  const file = (...parts: string[]) => path.join(folder, ...parts)
  const age = async (name: string, days: number) => {
    const time = new Date(now - days * day)
    await utimes(file(name), time, time)
  }
  return {
    ...{ folder, database, now, executions, spilled, file, age },
    systems: openSystemStore(database),
    /** Keeps data since so many days; answers its key. */
    async keep(json: string, days: number): Promise<string> {
      const key = await spilled.put(json)
      await age(`spilled/${key}`, days)
      return key
    },
    async write(name: string, days: number, text = 'text'): Promise<void> {
      await mkdir(path.dirname(file(name)), { recursive: true })
      await writeFile(file(name), text)
      await age(name, days)
    },
    /** An execution that began so many days ago; `ended` says when it did. */
    async begin(
      name: string,
      days: number,
      said: Partial<ExecutionStart> & { ended?: number; output?: Json },
    ) {
      const { ended, output, ...start } = said
      const startedAt = now - days * day
      const deadline = startedAt + 365 * day
      const started = await executions.start(startOf(name, { startedAt, deadline, ...start }), 'me', 1)
      if (started.kind !== 'started') throw new Error(`${name} is new`)
      const { id } = started.record
      const { fence } = started.lease
      if (ended !== undefined)
        await executions.finish(id, fence, { status: 'SUCCEEDED', stoppedAt: now - ended * day, output })
      return { id, fence }
    },
    names: async (name: string) => (await readdir(file(name)).catch(() => [])).sort(),
  }
}
