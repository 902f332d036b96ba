import { findNotJson, type Json } from '../../core/json.ts'
import type { Reading } from '../../core/readings.ts'
import type { Combine } from '../../core/sensor.ts'

type Known = Extract<Reading, { readonly known: true }>

/**
 * What several topics are together. Those that are unknown are left out: an empty battery in one room must not hide that
 * another is too hot. It is believed until the first of them is too old, and unknown where none is known.
 */
export function combine(readings: readonly Reading[], how: Combine | undefined): Reading {
  const known = readings.filter((reading): reading is Known => reading.known)
  if (known.length === 0) return readings[0]!
  const newest = known.reduce((one, other) => (other.at > one.at ? other : one))
  if (how === undefined || how === 'latest') return newest
  const value = combined(
    known.map(reading => reading.value),
    how,
  )
  if (typeof value === 'string') return { known: false, reason: 'failed', why: value }
  return { known: true, value: value.is, at: newest.at, until: Math.min(...known.map(({ until }) => until)) }
}

/** The value, or what is wrong with it. */
function combined(values: readonly Json[], how: Exclude<Combine, 'latest'>): { readonly is: Json } | string {
  if (typeof how === 'function') return authorsValue(values, how)
  const numbers = values.filter(value => typeof value === 'number')
  if (numbers.length < values.length) return `not all values are numbers, of which there is a ${how}`
  if (how === 'mean') return { is: numbers.reduce((sum, value) => sum + value, 0) / numbers.length }
  return { is: how === 'max' ? Math.max(...numbers) : Math.min(...numbers) }
}

function authorsValue(values: readonly Json[], how: (values: readonly Json[]) => unknown) {
  try {
    const is = how(values)
    const problem = findNotJson(is)
    if (problem === undefined) return { is: is as Json }
    return `combine answered ${problem.found} at ${problem.path}, which is no value`
  } catch (thrown) {
    return `combine threw: ${thrown instanceof Error ? thrown.message : String(thrown)}`
  }
}
