/** Levels of an answer; what is deeper overflows the stack of whoever walks it next. */
const deepest = 1_000

/** Whether a value is nested so deep that nobody can have meant it. */
export function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return true
    level = level.flatMap(one => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
  return false
}
