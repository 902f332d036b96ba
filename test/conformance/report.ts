/** Counts cases by the types of the states that they are made of, and keeps what was missed by key. */
export class Report {
  #passed = 0
  readonly #byType: Record<string, { cases: number; passed: number }> = {}
  readonly #misses: Record<string, readonly string[]> = {}
  #cases = 0

  add(key: string, definition: unknown, misses: readonly string[]): void {
    this.#cases++
    if (misses.length === 0) this.#passed++
    else this.#misses[key] = misses
    for (const type of typesIn(definition)) {
      this.#byType[type] ??= { cases: 0, passed: 0 }
      this.#byType[type].cases++
      if (misses.length === 0) this.#byType[type].passed++
    }
  }

  summary(): object {
    return { cases: this.#cases, passed: this.#passed, byStateType: this.#byType, misses: this.#misses }
  }
}

function typesIn(graph: any): Set<string> {
  const types = new Set<string>()
  for (const state of Object.values<any>(graph.States)) {
    types.add(state.Type)
    for (const inner of [...(state.Branches ?? []), ...(state.ItemProcessor ? [state.ItemProcessor] : [])]) {
      for (const type of typesIn(inner)) types.add(type)
    }
  }
  return types
}
