import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { AgentPlatform } from '../../core/agents.ts'
import { loadAddonText } from './load-addon-text.ts'
import { nativeModules } from './native-modules.ts'

/** The zeromq package, its licences included, without what only its older interface needs. */
const library = ['lib/index.js', 'lib/draft.js', 'lib/native.js', 'lib/util.js']
const licences = ['LICENSE.txt', 'LICENSE_MPL-2.0.txt']

/**
 * The files of a zeromq package that has the native module of one platform alone, by their paths in it; none where it
 * brings no module for that platform.
 *
 * @example
 * const files = await zeromqFiles({ os: 'linux', arch: 'arm64', libc: 'glibc' })
 */
export async function zeromqFiles(
  platform: AgentPlatform,
): Promise<ReadonlyMap<string, Uint8Array | string>> {
  const zeromq = path.dirname(createRequire(import.meta.url).resolve('zeromq/package.json'))
  const natives = nativeModules(zeromq, platform)
  const files = new Map<string, Uint8Array | string>()
  if (natives.length === 0) return files
  for (const file of [...library, ...licences.filter(one => existsSync(path.join(zeromq, one)))])
    files.set(file, await readFile(path.join(zeromq, file)))
  for (const [index, file] of natives.entries()) files.set(`native/${index}.node`, await readFile(file))
  files.set('lib/load-addon.js', loadAddonText(natives.length))
  files.set('package.json', manifestOf(zeromq))
  return files
}

function manifestOf(zeromq: string): string {
  const { name, version, license, main } = JSON.parse(
    readFileSync(path.join(zeromq, 'package.json'), 'utf8'),
  ) as Record<string, unknown>
  return `${JSON.stringify({ name, version, license, main, type: 'commonjs' })}\n`
}
