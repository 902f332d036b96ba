import { stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'

const aDay = 86_400_000

/**
 * Whether the state folder was not swept for a day; asking takes the turn. A new folder has nothing that is old, and so
 * is first swept a day later. Two that ask at once may both be told so, which does no harm.
 *
 * @param now milliseconds since the epoch
 */
export async function isSweepDue(folder: string, now: number): Promise<boolean> {
  const marker = path.join(folder, 'swept')
  try {
    const last = (await stat(marker).catch(missing))?.mtimeMs
    // A clock that was set back must not put it off until then.
    if (last !== undefined && Math.abs(now - last) < aDay) return false
    await writeFile(marker, '', { mode: 0o600 })
    await utimes(marker, new Date(now), new Date(now))
    return last !== undefined
  } catch {
    // A folder that can't be written to can't be swept either.
    return false
  }
}

function missing(thrown: unknown): undefined {
  if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown
}
