import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import type { ListedField, ListedFlow } from '../flows/listing.ts'
import { recall } from '../flows/remembered.ts'
import { expectWords, given } from '../parse.ts'
import { usualState } from '../session/config-place.ts'

export const usage: Usage = {
  ways: ['reops flows [flags]'],
  about: 'Names, what they do, and the input that each takes.',
  examples: ['reops flows', 'reops flows --json'],
}

export const options: Flags = {
  json: { type: 'boolean', about: 'one JSON document' },
  ...configFlag,
}

/** `reops flows`: lists the flows. They are loaded only when something has changed since the last time. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('flows', args, [])
  const flows = await flowsOf(context, args)
  context.stdout.write(given(args, 'json') ? `${JSON.stringify({ flows }, null, 2)}\n` : text(flows))
  return 0
}

async function flowsOf(context: CommandContext, args: Args): Promise<readonly ListedFlow[]> {
  const { state, place } = usualState(context, args)
  const known = recall<readonly ListedFlow[]>(state, place, 'flows')
  if (known) return known
  const { loadAndRemember } = await import('../flows/load.ts')
  return loadAndRemember(context, args, { state, place })
}

function text(flows: readonly ListedFlow[]): string {
  if (flows.length === 0) return 'no flows; export one from flows/index.ts\n'
  const widest = Math.max(...flows.map(({ name }) => name.length))
  const lines = flows.flatMap(({ name, description, input }) => [
    `${name.padEnd(widest)}  ${oneLine(description)}`.trimEnd(),
    ...input.map(field => `${' '.repeat(widest)}  --input ${fieldText(field)}`),
  ])
  return `${lines.join('\n')}\n`
}

function fieldText({ name, type, required, default: value }: ListedField): string {
  return oneLine(
    `${name}=<${type}>${value === undefined ? (required ? '' : '  (optional)') : `  (${value})`}`,
  )
}

/** A description is its author's own text; control characters in it are a mistake all the same. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}
