import type { Visit } from './timeline.ts'

/** Where a state is, from the outside in: `Each[3] › Both{2} › Ping`. What it counts begins at 1, as it is shown. */
export function placeOf({ name, thread: { kind, index, parent } }: Visit): string {
  if (parent === undefined) return name
  const within = kind === 'branch' ? `{${index + 1}}` : `[${index + 1}]`
  return `${placeOf(parent)}${within} › ${name}`
}
