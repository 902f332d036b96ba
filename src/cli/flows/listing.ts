/** A field of a flow's input. */
export interface ListedField {
  readonly name: string
  readonly type: string
  readonly required: boolean
  /** As JSON; absent when there is none. */
  readonly default?: string
}

/** What `reops flows` says of a flow. */
export interface ListedFlow {
  readonly name: string
  readonly description: string
  readonly input: readonly ListedField[]
}
