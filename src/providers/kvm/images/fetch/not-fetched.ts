import { ReopsError } from '../../../../core/errors.ts'

/** Why an image is not here. */
export type NotFetchedReason =
  /** The source is none that we fetch from. */
  | 'source'
  /** There is nothing at the source, or it is not ours to read. */
  | 'missing'
  /** The server, or the way to it, failed for longer than we tried. */
  | 'unreachable'
  | 'too-large'
  /** What came is not what its sum says. */
  | 'checksum'
  /** Another fetch of the same image is under way. */
  | 'busy'
  /** The cache can't be written. */
  | 'storage'
  | 'cancelled'

/**
 * An image was not fetched. `resumable` names the partial file that is kept, from which the next fetch of the
 * same source goes on; without it nothing is left.
 */
export class ImageNotFetched extends ReopsError {
  override readonly name = 'ImageNotFetched'
  override readonly retryable: boolean
  readonly reason: NotFetchedReason
  readonly resumable: string | undefined

  constructor(
    reason: NotFetchedReason,
    message: string,
    options: { readonly cause?: unknown; readonly resumable?: string | undefined } = {},
  ) {
    super(message, { cause: options.cause, detail: { reason, resumable: options.resumable } })
    this.reason = reason
    this.resumable = options.resumable
    this.retryable = reason === 'unreachable' || reason === 'busy'
  }
}
