import path from 'node:path'
import type { NewReading } from '../../src/core/readings.ts'
import { loadConfig } from '../../src/run/config.ts'
import { openTriggers } from '../../src/run/open-readings.ts'

/** Puts readings into the state folder of a project, as if they had been heard. */
export async function keepReadings(project: string, readings: readonly NewReading[]): Promise<void> {
  const kept = await openTriggers(await loadConfig(path.join(project, 'reops.config.ts')))
  try {
    await kept.readings.add(readings)
  } finally {
    await kept.close()
  }
}
