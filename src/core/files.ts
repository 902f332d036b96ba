import { ReopsError } from './errors.ts'

/** A step may not touch this file of the machine that executes it. */
export class FileRefused extends ReopsError {
  override readonly name = 'FileRefused'
  override readonly slug = 'file-refused'
}

/**
 * The files of the machine that executes a step, for operations that send them to hosts or fetch some. A bridge lets those
 * who submit touch few of them; where this port is absent, everything of the process may be.
 */
export interface FilesPort {
  /** Where a file or a folder is that may be read, as an absolute path. Throws `FileRefused`. */
  readable(local: string): Promise<string>
  /** Where one is that may be written, or made. Throws `FileRefused`. */
  writable(local: string): Promise<string>
}
