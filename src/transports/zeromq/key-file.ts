import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import * as z from 'zod'
import { explainIssues, ReopsError } from '../../core/errors.ts'
import { isKey, type KeyPair, makeKeyPair, publicKeyOf } from './keys.ts'
import { writePrivateFileSync } from './private-file.ts'

/** A file of keys is not there, is open to others, or holds no pair; or one is there already. */
export class KeyFileTrouble extends ReopsError {
  override readonly name = 'KeyFileTrouble'
  override readonly slug = 'key-file'
}

const key = z.string().refine(isKey, { error: 'is no key of 40 characters in Z85', abort: true })

const schema = z
  .strictObject({ publicKey: key, secretKey: key })
  .refine(pair => publicKeyOf(pair.secretKey) === pair.publicKey, 'the two keys do not belong together')

/**
 * Reads a pair of keys. Throws `KeyFileTrouble`, whose `detail.code` is `ENOENT` when there is no such file, and which
 * never repeats what the file holds.
 *
 * @example
 * const keys = readKeyFile('.reops/bridge/bridge.key')
 */
export function readKeyFile(file: string): KeyPair {
  const parsed = schema.safeParse(parseJson(readPrivately(file)))
  if (parsed.success) return parsed.data
  throw new KeyFileTrouble(
    `${file} holds no pair of keys: ${explainIssues(parsed.error.issues)}. Bring it back from where you keep it, ` +
      'or move it away and let a new one be made, which the other side has to be told of',
  )
}

/**
 * Writes a pair of keys for its owner alone. A file that is there stays unless `replace`: whoever knew its key would
 * know us no more.
 */
export function writeKeyFile(file: string, { publicKey, secretKey }: KeyPair, replace = false): void {
  try {
    writePrivateFileSync(file, `${JSON.stringify({ publicKey, secretKey }, null, 2)}\n`, { replace })
  } catch (cause) {
    const code = codeOf(cause)
    throw new KeyFileTrouble(
      code === 'EEXIST'
        ? `${file} is there already and was left as it is; name another file, or move it away first`
        : `${file} can't be written: ${(cause as Error).message}`,
      { cause, detail: { code } },
    )
  }
}

/** The pair of a file; a new one is made where there is none. `made` says so. */
export function keepKeyFile(file: string): KeyPair & { readonly made: boolean } {
  const there = readIfThere(file)
  if (there) return { ...there, made: false }
  const pair = makeKeyPair()
  try {
    writeKeyFile(file, pair)
    return { ...pair, made: true }
  } catch (error) {
    // Another process was faster, and its pair counts.
    if (error instanceof KeyFileTrouble && error.detail.code === 'EEXIST')
      return { ...readKeyFile(file), made: false }
    throw error
  }
}

function readIfThere(file: string): KeyPair | undefined {
  try {
    return readKeyFile(file)
  } catch (error) {
    if (error instanceof KeyFileTrouble && error.detail.code === 'ENOENT') return undefined
    throw error
  }
}

function readPrivately(file: string): string {
  try {
    const descriptor = openSync(file, 'r')
    try {
      // Asked of what was opened, so that nobody changes it in between.
      const mode = fstatSync(descriptor).mode & 0o777
      if ((mode & 0o077) !== 0) throw openToOthers(file, mode)
      return readFileSync(descriptor, 'utf8')
    } finally {
      closeSync(descriptor)
    }
  } catch (cause) {
    if (cause instanceof KeyFileTrouble) throw cause
    const code = codeOf(cause)
    throw new KeyFileTrouble(
      code === 'ENOENT'
        ? `there is no key file ${file}; reops keys show client makes one for a client, and reops keys show the bridge's own`
        : `${file} can't be read: ${(cause as Error).message}`,
      { cause, detail: { code } },
    )
  }
}

function openToOthers(file: string, mode: number): KeyFileTrouble {
  return new KeyFileTrouble(
    `${file} is open to others (mode 0${mode.toString(8)}), who may have read the secret key in it: chmod 600 ${file}, ` +
      'and make new keys if somebody else uses this machine',
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own words repeat a piece of the text.
    return undefined
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
