import * as z from 'zod'
import type { Criterion } from './criterion.ts'
import { plainName, systemId } from './parts.ts'
import { systemStates } from './system.ts'

const text = z.string().min(1).max(200)

export const criterionSchema: z.ZodType<Criterion> = z.lazy(() =>
  z.discriminatedUnion('where', [
    z.strictObject({ where: z.literal('all') }),
    z.strictObject({ where: z.literal('address') }),
    z.strictObject({ where: z.literal('state'), states: z.array(z.enum(systemStates)).min(1) }),
    z.strictObject({ where: z.literal('type'), types: z.array(plainName).min(1) }),
    z.strictObject({ where: z.literal('name'), names: z.array(text).min(1) }),
    z.strictObject({ where: z.literal('id'), ids: z.array(systemId).min(1) }),
    z.strictObject({ where: z.literal('tag'), tags: z.array(plainName).min(1) }),
    z.strictObject({ where: z.literal('node'), nodes: z.array(plainName).min(1) }),
    z.strictObject({ where: z.literal('part'), part: text }),
    z.strictObject({ where: z.literal('not'), not: criterionSchema }),
    z.strictObject({ where: z.literal('either'), either: z.array(criterionSchema).min(1).max(100) }),
    z.strictObject({ where: z.literal('both'), both: z.array(criterionSchema).max(100) }),
  ]),
)
