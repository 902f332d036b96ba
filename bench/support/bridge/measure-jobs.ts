import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Contestant, contest } from '../contest.ts'
import { openCloset } from './closet.ts'
import { ask, pingRequest } from './noop.ts'
import { type Places, printRows } from './rows.ts'

/** Jobs with many under way at once, beside as many commits of SQLite alone, one after the other. */
export async function measureJobs(
  { disk, memory }: Places,
  { jobs, atOnce, rounds }: { readonly jobs: number; readonly atOnce: number; readonly rounds: number },
): Promise<void> {
  const undo: (() => Promise<void>)[] = []
  try {
    const contestants: Contestant[] = []
    const request = pingRequest(['foo'])
    const row = JSON.stringify(request)
    for (const [where, within] of [
      ['on the disk', disk],
      ['in memory', memory],
    ] as const) {
      if (within === undefined) continue
      const { client, startAgent, close } = await openCloset({ within, hosts: ['foo'] })
      undo.push(close)
      await startAgent('foo')
      const run = async () => {
        let left = jobs
        const lane = async () => {
          while (left-- > 0) await ask(client, request, 1)
        }
        await Promise.all(Array.from({ length: atOnce }, lane))
      }
      contestants.push({ name: `jobs, journal ${where}`, run })
      const commits = await openCommits(within, row)
      undo.push(commits.close)
      contestants.push({ name: `commits of SQLite alone, ${where}`, run: async () => commits.commit(jobs) })
    }
    const results = await contest(contestants, { rounds, warmUp: 1 })
    printRows(
      `${jobs} jobs, ${atOnce} at once; as many commits one after the other`,
      ['', 'a second', 'fastest round', 'slowest round'],
      results.map(({ name, ...times }) => [
        name,
        ...[times.median, times.fastest, times.slowest].map(ms => ((1_000 * jobs) / ms).toFixed(0)),
      ]),
    )
  } finally {
    for (const act of undo.reverse()) await act()
  }
}

/** Commits as the journal makes them, of a row of the same length, each of which waits for the disk. */
async function openCommits(within: string, row: string) {
  const folder = await mkdtemp(path.join(within, 'reops-bench-'))
  const database = new DatabaseSync(path.join(folder, 'commits.db'))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE jobs (request TEXT)')
  const insert = database.prepare('INSERT INTO jobs VALUES (?)')
  return {
    commit(count: number) {
      for (let done = 0; done < count; done++) insert.run(row)
    },
    async close() {
      database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
