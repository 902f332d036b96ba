import { readFile, stat } from 'node:fs/promises'
import { HostTrouble } from '../../../core/ports.ts'
import { errnoOf, wordsOf } from '../trouble.ts'
import { appendUnderLock } from './append.ts'
import { type HostKeyQuestion, judge } from './judge.ts'
import { fingerprint, type KnownHostEntry, keyType, parseKnownHosts } from './parse.ts'

/** The known_hosts files of one transport, read again only when they change. */
export interface KnownHosts {
  /** Everything that these files and our own say. Throws `HostTrouble` (`host-key`) for a file that can't be read. */
  entries(files: readonly string[]): Promise<readonly KnownHostEntry[]>
  /**
   * Records a first contact in our own file, under a lock and after another look: whoever was faster decides.
   * Answers whether a line was added. Throws `HostTrouble` (`host-key`).
   */
  record(files: readonly string[], key: Buffer, question: HostKeyQuestion): Promise<boolean>
}

interface Cached {
  readonly version: string
  readonly entries: readonly KnownHostEntry[]
}

/** Opens the known_hosts files; `ownFile` is the one that is written. */
export function openKnownHosts(ownFile: string): KnownHosts {
  const cache = new Map<string, Cached>()
  const reading = new Map<string, Promise<readonly KnownHostEntry[]>>()

  /** Many hosts ask in the same moment, and the file need not be parsed for each. */
  const read = (file: string): Promise<readonly KnownHostEntry[]> => {
    const begun = reading.get(file)
    if (begun) return begun
    const own = readNow(file).finally(() => {
      if (reading.get(file) === own) reading.delete(file)
    })
    reading.set(file, own)
    return own
  }
  const readNow = async (file: string): Promise<readonly KnownHostEntry[]> => {
    try {
      const { mtimeMs, size, ino } = await stat(file)
      const version = `${ino}:${size}:${mtimeMs}`
      const cached = cache.get(file)
      if (cached?.version === version) return cached.entries
      const entries = parseKnownHosts(await readFile(file, 'utf8'), file)
      cache.set(file, { version, entries })
      return entries
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return []
      throw new HostTrouble('host-key', `the known hosts in ${file} can not be read: ${wordsOf(error)}`, {
        cause: error,
      })
    }
  }
  const entries = async (files: readonly string[]) =>
    (await Promise.all([ownFile, ...files].map(read))).flat()

  return {
    entries,
    record: (files, key, question) =>
      appendUnderLock(ownFile, async () => {
        // A file's time may be too coarse to show a line that was just added, so what is cached is not trusted here.
        cache.delete(ownFile)
        reading.delete(ownFile)
        const judged = judge(await entries(files), key, question)
        if (judged.verdict === 'refused') throw judged.trouble
        if (judged.verdict === 'known') return undefined
        return `${question.name} ${keyType(key)} ${key.toString('base64')}\n`
      }).catch((error: unknown) => {
        if (error instanceof HostTrouble) throw error
        throw new HostTrouble(
          'host-key',
          `${question.host}: its host key ${fingerprint(key)} can not be recorded in ${ownFile}: ${wordsOf(error)}. Nothing was sent to it; make the file writable`,
          { cause: error },
        )
      }),
  }
}
