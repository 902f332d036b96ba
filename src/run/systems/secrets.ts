import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { InvalidConfig } from '../../core/errors.ts'

/** A password has no more bytes than this; what is larger is another file. */
const mostBytes = 4_096

/**
 * Reads a password from the variable or the file that the configuration names; a file's last line break is no part of
 * it. Rejects with `InvalidConfig` when there is none.
 */
export async function readSecret(
  ref: { readonly env: string } | { readonly file: string },
  folder: string,
): Promise<string> {
  if ('env' in ref) {
    const value = process.env[ref.env]
    if (value) return value
    throw new InvalidConfig(`the password is to stand in the variable ${ref.env}, which is not set`)
  }
  const file = path.resolve(folder, ref.file)
  try {
    const bytes = await readFile(file)
    if (bytes.length > 0 && bytes.length <= mostBytes) return bytes.toString('utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    throw new InvalidConfig(`the password is to stand in ${file}: ${(cause as Error).message}`, { cause })
  }
  throw new InvalidConfig(`the password is to stand in ${file}, which is empty or no password's file`)
}
