import { findBinary } from '../../scripts/house/binaries.mjs'
import { ensureServices } from '../../scripts/house/install-services.mjs'
import type { Service } from '../../scripts/house/services.mjs'

/** Whether the bench was asked to install what it compares with. */
export const installing = process.argv.includes('--install')

/**
 * Looks for the programs that a bench uses, installs the missing ones if it was asked to, and names those that are
 * left out. Answers what is there, by the name of its binary.
 */
export async function findPrograms(wanted: readonly Service[]): Promise<ReadonlySet<string>> {
  if (installing) for (const { what, why } of await ensureServices(wanted)) say(`${what}: ${why}`)
  const missing = wanted.filter(({ binary }) => findBinary(binary) === undefined)
  for (const { binary, purpose } of missing) say(`left out: ${binary} (${purpose}) is not installed`)
  if (missing.length > 0 && !installing)
    say(`to have them: --install, or apt-get install ${missing.map(one => one.package).join(' ')}`)
  return new Set(wanted.filter(one => !missing.includes(one)).map(({ binary }) => binary))
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
