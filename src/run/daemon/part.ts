import type { Json } from '../../core/json.ts'

/** A part of the daemon. What it can't do at present it does as soon as it can, and says meanwhile. */
export interface Part {
  /** Begins. Rejects only with what no time puts right: a wrong configuration, a database that can't be used. */
  start(): Promise<void>
  status(): Json
  /** What is the matter, each as a sentence; nothing when all is well. */
  troubles(): readonly string[]
  /** Ends what it began. */
  close(): Promise<void>
}
