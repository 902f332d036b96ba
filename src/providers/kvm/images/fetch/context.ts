import type { Place } from './place.ts'

/** What is being done, and how far it is. `total` is absent while it is not known. */
export interface FetchProgress {
  readonly stage: 'downloading' | 'checking' | 'unpacking'
  readonly bytes: number
  readonly total?: number | undefined
}

/** An image that is a file here. */
export interface FetchedImage {
  readonly file: string
  /** Its size in bytes, unpacked. */
  readonly bytes: number
  /** The sum of what the source holds; `undefined` for a path whose sum nobody asked for. */
  readonly sha256: string | undefined
  /** Whether it has the sum that was given; `false` means that none was given, so that nothing vouches for it. */
  readonly checked: boolean
  /** Whether it was here already. */
  readonly cached: boolean
}

/** What the parts of a fetch share; times are milliseconds. */
export interface FetchContext {
  readonly place: Place
  readonly signal: AbortSignal
  readonly onProgress: (progress: FetchProgress) => void
  /** The sum that was given. */
  readonly expected: string | undefined
  readonly mostBytes: number
  readonly retries: number
  readonly backoffMs: number
  readonly idleMs: number
}
