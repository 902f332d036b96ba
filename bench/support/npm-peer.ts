import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { outcomeOf } from '../../scripts/house/command.mjs'
import { installing } from './programs.ts'

/** Packages that only a bench compares with live in the state folder, which no commit holds. */
const folder = fileURLToPath(new URL('../../.reops/bench', import.meta.url))

/**
 * Loads a package of another, installing it (without running its scripts) if the bench was asked to. `undefined` when
 * it is not there; that is said on stderr.
 *
 * @example
 * await loadPeer('aws-local-stepfunctions', '3.0.0')
 */
export async function loadPeer(name: string, version: string): Promise<unknown> {
  if (installing && resolve(name) === undefined) {
    await mkdir(folder, { recursive: true })
    const args = [
      'install',
      '--prefix',
      folder,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      `${name}@${version}`,
    ]
    const { ok, output } = await outcomeOf('npm', args, { seconds: 300 })
    if (!ok) process.stderr.write(`npm could not install ${name}: ${output.trim()}\n`)
  }
  const file = resolve(name)
  if (file !== undefined) return import(pathToFileURL(file).href)
  process.stderr.write(
    `left out: ${name} is not installed; --install puts version ${version} into .reops/bench\n`,
  )
  return undefined
}

function resolve(name: string): string | undefined {
  try {
    return createRequire(path.join(folder, 'package.json')).resolve(name)
  } catch {
    // Nobody has installed it yet, which is what the caller wants to know.
    return undefined
  }
}
