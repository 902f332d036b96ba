import * as z from 'zod'
import { isRecord } from '../json.ts'
import { longestName, plainName } from './names.ts'

/** What is heard for a field. */
export type SlotKind =
  | { readonly kind: 'number' | 'text' | 'yes-no' | 'date' | 'time' | 'duration' }
  | { readonly kind: 'choice'; readonly values: readonly (string | number)[] }

/** A field of a flow's input, as it could be spoken. */
export interface Field {
  readonly name: string
  /** The flow can't do without it: neither optional nor filled in by the schema. */
  readonly required: boolean
  /** How it is heard, or why it can't be. */
  readonly slot: SlotKind | { readonly kind: 'unspeakable'; readonly why: string }
}

/**
 * The fields of a schema of input, and how each is spoken. A schema that is no object has none. Throws what zod does for
 * schemas that it can't describe.
 *
 * @example
 * fieldsOf(z.object({ count: z.number() })) // [{ name: 'count', required: true, slot: { kind: 'number' } }]
 */
export function fieldsOf(schema: z.ZodType): readonly Field[] {
  const { properties, required } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    // JSON Schema's times have an offset, so that zod says no format of its own, which have none.
    override({ zodSchema, jsonSchema }) {
      if ('format' in zodSchema._zod.def && zodSchema._zod.def.format === 'time') jsonSchema.format = 'time'
    },
  })
  const needed = new Set(required ?? [])
  return Object.entries(properties ?? {}).map(([name, field]) => ({
    name,
    required: needed.has(name),
    slot: nameProblem(name) ?? slotOf(field),
  }))
}

function nameProblem(name: string): Field['slot'] | undefined {
  if (plainName.test(name) && name.length <= longestName) return undefined
  return unspeakable('Alexa takes letters and underscores for the name of a slot')
}

function slotOf(field: unknown): Field['slot'] {
  if (!isRecord(field)) return unspeakable('anything may stand there')
  const values = valuesOf(field)
  if (values !== undefined) {
    if (values.length > 0 && values.every(value => typeof value === 'boolean')) return { kind: 'yes-no' }
    const sayable = values.filter(value => typeof value === 'string' || typeof value === 'number')
    if (sayable.length === 0 || sayable.length < values.length)
      return unspeakable('it has values that are no words')
    return { kind: 'choice', values: sayable }
  }
  if (field.type === 'number' || field.type === 'integer') return { kind: 'number' }
  if (field.type === 'boolean') return { kind: 'yes-no' }
  if (field.type === 'string') return { kind: formats[String(field.format)] ?? 'text' }
  const what = typeof field.type === 'string' ? `it is an ${field.type}` : 'it is of several kinds'
  return unspeakable(what)
}

const formats: Readonly<Record<string, 'date' | 'time' | 'duration'>> = {
  date: 'date',
  time: 'time',
  duration: 'duration',
}

/** The values of an enumeration, of a literal, or of a choice among such; nothing where a field is none of them. */
function valuesOf(field: Record<string, unknown>): readonly unknown[] | undefined {
  if ('const' in field) return [field.const]
  if (Array.isArray(field.enum)) return field.enum
  const either = field.anyOf ?? field.oneOf
  if (!Array.isArray(either)) return undefined
  const all = either.map(one => (isRecord(one) ? valuesOf(one) : undefined))
  return all.every(one => one !== undefined) ? all.flat() : undefined
}

function unspeakable(why: string): { readonly kind: 'unspeakable'; readonly why: string } {
  return { kind: 'unspeakable', why }
}
