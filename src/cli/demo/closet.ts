import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { openCloset } from '../../transports/ssh/closet/closet.ts'
import { configText } from './config-text.ts'

/** An open closet and the configuration that knows it. */
export interface DemoCloset extends AsyncDisposable {
  /** Path of the `reops.config.ts`. */
  readonly config: string
  /** Ends every remote process and removes every file. A second call waits for the first. */
  close(): Promise<void>
}

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url))

/**
 * Opens the embedded closet in a folder of its own, with a configuration beside it as a person would write it.
 *
 * @throws ClosetError when a port or a key can't be had.
 * @example
 * await using closet = await openDemoCloset()
 */
export async function openDemoCloset(): Promise<DemoCloset> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'reops-demo-')))
  // A process that ends without closing, by an exception or an exit, removes what it can without waiting.
  const last = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', last)
  const removed = async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    process.off('exit', last)
  }
  try {
    const closet = await openCloset({ folder })
    const config = path.join(folder, 'reops.config.ts')
    await linkPackage(folder)
    await writeFile(config, configText(closet, path.join(packageRoot, 'flows/index.ts')))
    let closing: Promise<void> | undefined
    const close = () => {
      closing ??= closet.close().finally(removed)
      return closing
    }
    return { config, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await removed()
    throw error
  }
}

/** So that the configuration finds `re-ops`, as in any project that has installed it. */
async function linkPackage(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'node_modules'))
  await symlink(packageRoot, path.join(folder, 'node_modules', 're-ops'), 'dir')
  await writeFile(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
}
