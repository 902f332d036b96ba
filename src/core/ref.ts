/** Where a reference keeps what it stands for; a symbol, so that no property of an input can collide with it. */
const target = Symbol.for('re-ops.ref')

/** What a reference stands for: a part of the execution's input, or a JSONata expression. */
export type RefTarget = { readonly path: readonly string[] } | { readonly expression: string }

/** A value that is not known while the pipeline is built; the execution fills it in. */
export type Ref<T> = { readonly [target]: RefTarget; readonly type?: T }

/** A flow's input while the pipeline is built: every property is a reference that the execution fills in. */
export type Refs<T> = Ref<T> &
  (T extends readonly unknown[] | string | number | boolean | null
    ? unknown
    : { readonly [K in keyof T]-?: Refs<T[K]> })

/** An argument: a value, or a reference to one. */
export type OrRef<T> = T | Ref<T>

/** Arguments, each of which may be a reference. */
export type OrRefs<P extends readonly unknown[]> = { [K in keyof P]: OrRef<P[K]> }

/** Makes the reference to a flow's whole input; its properties are references to parts of it. */
export function inputRef<T>(path: readonly string[] = []): Refs<T> {
  return new Proxy({ [target]: { path } } as object, {
    get: (own, key) => (typeof key === 'symbol' ? Reflect.get(own, key) : inputRef([...path, key])),
  }) as Refs<T>
}

/**
 * An argument that a JSONata expression fills in when the step is reached. It sees `$states.input`, the data that
 * the step is given, and `$states.context`.
 *
 * @example
 * exec(closet, expression<string>("'du -s ' & $states.context.Execution.Input.folder"))
 */
export function expression<T>(text: string): Ref<T> {
  return { [target]: { expression: text } }
}

/** What a reference stands for, or nothing when the value is a plain one. */
export function refTarget(value: unknown): RefTarget | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return (value as { [target]?: RefTarget })[target]
}

/** Whether a reference stands anywhere in these arguments, so that they can be checked only when it is filled in. */
export function hasRefs(value: unknown): boolean {
  if (refTarget(value)) return true
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(hasRefs)
}
