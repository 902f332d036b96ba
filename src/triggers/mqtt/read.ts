import { explainIssues } from '../../core/errors.ts'
import { findNotJson, type Json } from '../../core/json.ts'
import type { Reading, UnknownReason } from '../../core/readings.ts'
import type { Sensor } from '../../core/sensor.ts'
import { valueAt } from '../../core/sensors/path.ts'
import { readTime } from '../../core/sensors/time.ts'
import type { Message } from './intake.ts'

/** What is larger is not looked at, in bytes. */
const mostBytes = 64 * 1024

/** How far a message's time may be ahead of ours, in milliseconds: clocks differ. */
const aheadMs = 60_000

/** What a message says. `age` is how long before it came that was so, in milliseconds. */
export interface Read {
  readonly reading: Reading
  readonly age: number
  /** Nobody knows of when it is, so it takes the place of nothing that is known. */
  readonly ageless?: true
}

/**
 * Reads a message as its sensor says. Whatever came: what does not fit is an unknown reading with its reason.
 *
 * @param wall when it came, in milliseconds since the epoch: times in messages are compared with that
 */
export function readMessage(sensor: Sensor, { payload, retained, at }: Message, wall: number): Read {
  const { pick, time, maxAgeSeconds, retained: trust } = sensor.options
  if (payload.length === 0) return unknown('absent', 'the message is empty')
  if (payload.length > mostBytes)
    return unknown('unparseable', `the message has ${payload.length} bytes, more than ${mostBytes}`)
  const text = decode(payload)
  if (text === undefined) return unknown('unparseable', 'the message is no text')
  const message = parse(text)
  const value = readValue(sensor, message, text)
  if ('problem' in value) return unknown('unparseable', value.problem)
  if (time !== undefined) {
    const made = readTime(valueAt(message, time.path), time.zone)
    if (made === undefined) return unknown('ageless', `there is no time at ${time.path}`)
    const age = wall - made
    if (age < -aheadMs)
      return unknown('ageless', `its time is ${Math.round(-age / 1_000)} s ahead of this machine's clock`)
    return known(value.is, Math.max(0, age))
  }
  if (retained && trust === 'unknown')
    return {
      ...unknown('ageless', 'the broker kept the message, and nobody knows for how long'),
      ageless: true,
    }
  return known(value.is, 0)

  function known(is: Json, age: number): Read {
    const measured = at - age
    return {
      reading: { known: true, value: is, at: measured, until: measured + maxAgeSeconds * 1_000 },
      age,
    }
  }
  function unknown(reason: UnknownReason, why: string): Read {
    const part = pick === undefined || reason !== 'unparseable' ? why : `${pick}: ${why}`
    return { reading: { known: false, reason, why: part }, age: 0 }
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function decode(payload: Uint8Array): string | undefined {
  try {
    return decoder.decode(payload)
  } catch {
    // Bytes that are no UTF-8.
    return undefined
  }
}

/** A message is JSON, or it is a text such as `ON`. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function readValue(
  { schema, options: { pick } }: Sensor,
  message: unknown,
  text: string,
): { readonly is: Json } | { readonly problem: string } {
  const part = pick === undefined ? message : valueAt(message, pick)
  if (part === undefined) return { problem: 'the message has no such part' }
  try {
    const parsed = schema.safeParse(part)
    if (parsed.success) return jsonOf(parsed.data)
    // A text that happens to be a number, where a text is wanted.
    const plain = pick === undefined && typeof part !== 'string' ? schema.safeParse(text) : undefined
    if (plain?.success) return jsonOf(plain.data)
    return { problem: short(explainIssues(parsed.error.issues)) }
  } catch (thrown) {
    // A transformation of the author's.
    return { problem: `the sensor's schema threw: ${short((thrown as Error).message ?? String(thrown))}` }
  }
}

function jsonOf(value: unknown): { readonly is: Json } | { readonly problem: string } {
  const problem = value === undefined ? 'nothing' : findNotJson(value)?.found
  if (problem !== undefined)
    return { problem: `the sensor's schema makes ${problem} of it, which is no value` }
  return { is: value as Json }
}

function short(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`
}
