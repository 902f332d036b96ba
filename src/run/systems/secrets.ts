import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { InvalidConfig } from '../../core/errors.ts'

/** A password has no more bytes than this; what is larger is another file. */
const mostBytes = 4_096

/** Where the configuration says that a password stands. */
export type SecretPlace =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly parameter: string }

/**
 * Reads a password from the variable, the file or the parameter that the configuration names; a file's last line break is
 * no part of it. Rejects with `InvalidConfig` when there is none, and with what `parameter` does.
 */
export async function readSecret(
  ref: SecretPlace,
  folder: string,
  parameter: (name: string) => Promise<string>,
): Promise<string> {
  if ('parameter' in ref) return parameter(ref.parameter)
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
