/** A function and what it imports as one ES module, whose default export is the function. */
export interface Bundle {
  /** The SHA-256 of `source`, in hex: by this an agent knows whether it has it. */
  readonly sha256: string
  readonly source: Uint8Array
}

/** Makes bundles of the project's functions, where the project's files are. */
export interface BundlesPort {
  /**
   * Bundles one export of a file; `file` is relative to the project, by `/`. Rejects with a `ReopsError` that says what
   * doesn't bundle.
   */
  bundle(file: string, name: string): Promise<Bundle>
}
