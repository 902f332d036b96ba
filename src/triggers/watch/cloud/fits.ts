import type * as z from 'zod'

/** Schemas are as deep as their author likes; what is deeper than this is taken on trust. */
const deepest = 8

/**
 * Whether a value may have come out of a schema, as far as that can be told. It was parsed by whoever measured it, and a
 * schema that makes something else of what it parses can't tell its own output: there everything fits.
 */
export function fits(schema: z.ZodType, value: unknown): boolean {
  if (!isPlain(schema, 0)) return true
  try {
    return schema.safeParse(value).success
  } catch {
    // A check of the author's that throws has not found it good.
    return false
  }
}

/** Whether what a schema takes is what it answers. */
function isPlain(schema: z.core.$ZodType, depth: number): boolean {
  const { def } = schema._zod as z.core.$ZodTypes['_zod']
  if (depth === deepest || ('coerce' in def && def.coerce)) return false
  const plain = (inner: z.core.$ZodType) => isPlain(inner, depth + 1)
  if (def.checks?.some(({ _zod }) => _zod.def.check === 'overwrite')) return false
  switch (def.type) {
    case 'number':
    case 'string':
    case 'boolean':
    case 'null':
    case 'literal':
    case 'enum':
      return true
    case 'nullable':
    case 'optional':
      return plain(def.innerType)
    case 'array':
      return plain(def.element)
    case 'object':
      return Object.values(def.shape).every(plain)
    case 'union':
      return def.options.every(plain)
    default:
      return false
  }
}
