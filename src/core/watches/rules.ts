/** What a watch decides by, in milliseconds. */
export interface Rules {
  readonly when: (value: any) => boolean
  /** Without, it has cleared as soon as `when` does not hold. */
  readonly clears?: ((value: any) => boolean) | undefined
  /** `edge` acts once each time that it begins to hold, `level` again and again while it does. */
  readonly on: 'level' | 'edge'
  /** How long it has to hold before anything is done. */
  readonly forMs: number
  /** How long nothing is done after something was. */
  readonly cooldownMs: number
  readonly budget: { readonly actions: number; readonly perMs: number }
  /** Whether something is done when it clears, too. */
  readonly reverses: boolean
}
