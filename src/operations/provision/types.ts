import * as z from 'zod'
import { InvalidConfig } from '../../core/errors.ts'
import { definitionOf, withDefinition } from '../../core/operation/definition-of.ts'
import { type Operation, operation } from '../../core/operation/operation.ts'
import type { KnownType } from '../../core/systems/types-port.ts'

const definition = operation({
  name: 'types',
  site: 'onprem',
  effect: 'read',
  schema: z.strictObject({ having: z.array(z.string()) }),
  handle: (_data: unknown, { having }, { types, step }): readonly KnownType[] => {
    if (types === undefined)
      throw new InvalidConfig(
        `${step} lists types, and no flows are loaded here; run it by the reops command`,
      )
    return types
      .list()
      .filter(({ id, description }) => having.every(part => id.includes(part) || description.includes(part)))
  },
})

/**
 * The types that `flows/index.ts` exports: id, description, what they expose and need, and what their systems may be
 * given, as JSON Schema. With words, those whose id or description holds all of them.
 *
 * @example
 * await run(types())
 */
export function types(...having: string[]): Operation<void, readonly KnownType[]> {
  return definition({ having }) as Operation<void, readonly KnownType[]>
}

withDefinition(types, definitionOf(definition)!)
