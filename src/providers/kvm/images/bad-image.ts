import { ReopsError } from '../../../core/errors.ts'

/** Why a disk image is refused. */
export type BadImageReason =
  /** It is cut short, or says what can't be. */
  | 'malformed'
  /** It is of a format that a hypervisor of ours doesn't run from. */
  | 'format'
  /** It is packed. */
  | 'packed'
  /** It uses something that we don't know or don't take. */
  | 'feature'
  /** It needs another file. */
  | 'backing'
  | 'encrypted'
  /** It was damaged, or not closed. */
  | 'damaged'
  | 'too-large'

/** A file is no disk image that a machine could be made of. The message says what to do about it. */
export class BadImage extends ReopsError {
  override readonly name = 'BadImage'
  readonly reason: BadImageReason

  constructor(reason: BadImageReason, message: string, detail: Record<string, unknown> = {}) {
    super(message, { detail: { ...detail, reason } })
    this.reason = reason
  }
}
