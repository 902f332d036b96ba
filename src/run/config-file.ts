import { existsSync } from 'node:fs'
import path from 'node:path'

const fileName = 'reops.config.ts'

/** The nearest configuration: in this folder, or in one above it. Nothing of ours is loaded to find it. */
export function findConfigFile(from: string): string | undefined {
  const file = path.join(from, fileName)
  if (existsSync(file)) return file
  const above = path.dirname(from)
  return above === from ? undefined : findConfigFile(above)
}
