import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { HostTrouble } from '../../../src/core/ports.ts'

/** Bundles on the agent's disk, by the SHA-256 of their content. */
export interface Bundles {
  /**
   * The file of a bundle whose content is what its name says. Where it isn't there, or is not that any more, it is
   * fetched; calls that want the same at once wait for one fetch.
   */
  file(sha256: string, fetch: () => AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string>
}

interface BundleLimits {
  /** Bytes of one bundle. */
  readonly bundle: number
  /** Bytes of all; those that were not used for longest go first. */
  readonly all: number
}

/** Opens the folder of bundles; it is made, readable by the agent alone, when the first comes. */
export function openBundles(folder: string, limits: BundleLimits): Bundles {
  const fetching = new Map<string, Promise<void>>()
  const place = (sha256: string) => path.join(folder, `${sha256}.mjs`)

  const intact = async (sha256: string): Promise<boolean> => {
    const content = await readFile(place(sha256)).catch(() => undefined)
    if (content && hashOf(content) === sha256) return true
    await rm(place(sha256), { force: true })
    return false
  }

  const keep = async (sha256: string, content: Buffer): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const temporary = path.join(folder, `.${sha256}.${randomBytes(6).toString('hex')}`)
    try {
      await writeFile(temporary, content, { mode: 0o600, flush: true })
      await rename(temporary, place(sha256))
    } finally {
      await rm(temporary, { force: true })
    }
    await makeRoom(sha256)
  }

  const makeRoom = async (fresh: string): Promise<void> => {
    const names = (await readdir(folder)).filter(name => name.endsWith('.mjs'))
    const found = await Promise.all(
      names.map(async name => ({ name, own: await stat(path.join(folder, name)).catch(() => undefined) })),
    )
    const oldest = found
      .flatMap(({ name, own }) => (own ? [{ name, bytes: own.size, used: own.mtimeMs }] : []))
      .sort((a, b) => a.used - b.used)
    let bytes = oldest.reduce((sum, each) => sum + each.bytes, 0)
    for (const each of oldest) {
      if (bytes <= limits.all) return
      if (each.name === `${fresh}.mjs`) continue
      await rm(path.join(folder, each.name), { force: true })
      bytes -= each.bytes
    }
  }

  const fetchOne = async (sha256: string, fetch: () => AsyncIterable<Uint8Array>): Promise<void> => {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of fetch()) {
      bytes += chunk.length
      if (bytes > limits.bundle)
        throw new HostTrouble(
          'exception',
          `the bundle is larger than ${limits.bundle} bytes, which an agent takes at most`,
        )
      chunks.push(chunk)
    }
    const content = Buffer.concat(chunks)
    if (hashOf(content) !== sha256)
      throw new HostTrouble(
        'exception',
        'the bundle that came is not the one that was named; nothing of it was executed',
      )
    await keep(sha256, content)
  }

  return {
    async file(sha256, fetch, signal) {
      // Somebody else's fetch may fail for their own reason, such as a lost patience; then we fetch ourselves.
      for (;;) {
        signal.throwIfAborted()
        const other = fetching.get(sha256)
        if (other) await other.catch(() => {})
        else if (await intact(sha256)) break
        else if (!fetching.has(sha256)) {
          const own = fetchOne(sha256, fetch).finally(() => fetching.delete(sha256))
          fetching.set(sha256, own)
          await own
          break
        }
      }
      const now = new Date()
      await utimes(place(sha256), now, now).catch(() => {})
      return place(sha256)
    },
  }
}

function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
