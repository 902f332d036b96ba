import { createHash } from 'node:crypto'
import { cp, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from '../programs.ts'
import { cacheFolder, keep } from './cache.ts'

/**
 * Lets a hypervisor begin with what libvirt has once asked QEMU about itself, which takes it more than a second.
 * Answers what to do once it runs.
 */
export async function recallCapabilities(
  cache: string,
  ask: () => Promise<unknown>,
): Promise<() => Promise<void>> {
  await mkdir(cacheFolder, { recursive: true })
  const name = await cacheName()
  try {
    await cp(join(cacheFolder, name), cache, { recursive: true })
    return () => Promise.resolve()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    return async () => {
      await ask()
      await keep(cache, name)
    }
  }
}

/** Another libvirt or QEMU is asked anew; libvirt itself would notice, and ask every time. */
async function cacheName(): Promise<string> {
  const hash = createHash('sha256')
  for (const program of ['libvirtd', 'qemu-system-x86_64']) {
    const { size, ctimeMs } = await stat(findProgram(program) ?? program)
    hash.update(`${program} ${size} ${ctimeMs}\n`)
  }
  return `capabilities-${hash.digest('hex').slice(0, 16)}`
}
