import type { SlotKind } from './slots.ts'

/** What Alexa itself listens for in every skill. */
const builtIn = ['stop', 'cancel', 'help', 'yes', 'no']

/** The characters of a sample; Alexa says no limit, and nobody says more in one breath. */
const longest = 200

/** The slots that a sample names, in their order. */
export function slotsIn(sample: string): readonly string[] {
  return [...sample.matchAll(/\{([^{}]*)\}/g)].map(match => match[1]!)
}

/**
 * Why Alexa would refuse a sample utterance; nothing where it would not. Samples have letters, spaces, apostrophes,
 * hyphens, periods, and slots in braces. Free text stands alone in a sample, with words around it.
 */
export function sampleProblem(sample: string, slots: Readonly<Record<string, SlotKind>>): string | undefined {
  if (sample.length === 0 || sample.length > longest) return `it has 1 to ${longest} characters`
  const words = sample.replaceAll(/\{[A-Za-z_]+\}/g, ' ')
  if (/\d/.test(words)) return 'numbers are written as words'
  if (/[{}]/.test(words)) return 'a slot is written as {name}, with letters and underscores'
  if (!/^[\p{L}\p{M} '’._-]*$/u.test(words))
    return 'letters, spaces, apostrophes, hyphens and periods are spoken'
  if (sample.trim() !== sample || /\s{2}|[^ \S]/.test(sample)) return 'there is one space between words'
  if (/[^ ]\{|\}[^ ]/.test(sample)) return 'a slot has spaces around it'
  if (builtIn.includes(sample.toLowerCase())) return 'Alexa itself listens for that'
  const named = slotsIn(sample)
  const unknown = named.find(name => !Object.hasOwn(slots, name))
  if (unknown !== undefined) {
    const known = Object.keys(slots).join(', ')
    return `{${unknown}} is no field of the flow's input that can be spoken; ${known === '' ? 'it has none' : `there are ${known}`}`
  }
  if (new Set(named).size < named.length) return 'a slot stands in it once'
  if (!named.some(name => slots[name]!.kind === 'text')) return undefined
  if (named.length > 1) return 'beside a slot of free text there is no other'
  return words.trim() === '' ? 'a slot of free text needs words around it' : undefined
}
