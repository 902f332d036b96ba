import path from 'node:path'
import * as z from 'zod'
import type { Flow } from '../../core/flow.ts'
import { stateFolder } from '../../run/config.ts'
import { loadFlows } from '../../run/flows.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { configuration } from '../session/configuration.ts'
import type { ListedField, ListedFlow } from './listing.ts'

/** The flows as they are when they are loaded, the state folder of their configuration, and the files it began with. */
export interface Listing {
  readonly flows: readonly ListedFlow[]
  readonly state: string
  readonly entries: readonly string[]
}

/** Loads the configuration and the flows. Throws `InvalidConfig`. */
export async function listFlows(context: CommandContext, args: Args): Promise<Listing> {
  const loaded = await configuration(context, args)
  const flows = await loadFlows(loaded)
  const entries = [
    path.resolve(loaded.folder, loaded.config.flows),
    ...(loaded.file === undefined ? [] : [loaded.file]),
  ]
  return { flows: [...flows].map(([name, flow]) => listed(name, flow)), state: stateFolder(loaded), entries }
}

function listed(name: string, { description = '', input }: Flow): ListedFlow {
  return {
    name,
    description,
    input: fieldsOf(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' })),
  }
}

function fieldsOf({ properties = {}, required = [] }: z.core.JSONSchema.BaseSchema): ListedField[] {
  return Object.entries(properties).map(([name, field]) => ({
    name,
    type: typeOf(field),
    required: required.includes(name),
    ...(typeof field === 'object' && field.default !== undefined
      ? { default: JSON.stringify(field.default) }
      : {}),
  }))
}

function typeOf(schema: z.core.JSONSchema._JSONSchema): string {
  if (typeof schema === 'boolean') return 'any'
  if (schema.enum) return schema.enum.map(one => JSON.stringify(one)).join('|')
  if (schema.anyOf) return schema.anyOf.map(typeOf).join('|')
  if (schema.type === 'array' && schema.items !== undefined && !Array.isArray(schema.items))
    return `${typeOf(schema.items)}[]`
  return schema.type === undefined ? 'any' : [schema.type].flat().join('|')
}
