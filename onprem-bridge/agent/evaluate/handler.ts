import * as z from 'zod'
import type { Json } from '../../../src/core/json.ts'
import { HostTrouble } from '../../../src/core/ports.ts'
import { type Handler, handler } from '../call.ts'
import type { Bundles } from './bundles.ts'
import type { Done, Thrown, Workshops } from './workshops.ts'

const schema = z.strictObject({
  bundle: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string().min(1).max(200).default('default'),
  args: z.array(z.custom<Json>()).max(10).default([]),
  /** Megabytes. */
  memory: z.int().min(32).max(16_384).default(256),
})

/** Of what a function says on the console, so many bytes are handed on. */
const mostOutput = 1024 * 1024
const longestJson = 16 * 1024 * 1024
const tailOfStack = 4_000

/** Runs a function of a bundle on the host. */
export function evaluateHandler(bundles: Bundles, workshops: Workshops): Handler {
  return handler(schema, async ({ bundle, name, args, memory }, call) => {
    const fetch = () => {
      call.need(bundle)
      return call.input
    }
    const file = await bundles.file(bundle, fetch, call.signal)
    const done = await workshops.run(
      { file, name, args, memory, output: mostOutput, longest: longestJson },
      call,
    )
    if ('json' in done) return JSON.parse(done.json) as Json
    throw troubleOf(done, memory, file)
  })
}

function troubleOf(done: Exclude<Done, { json: string }>, memory: number, file: string): HostTrouble {
  if ('notJson' in done)
    return new HostTrouble(
      'exception',
      `the function answered ${done.notJson.found} at ${done.notJson.path}, which JSON can't carry${done.notJson.found === 'a Date' ? '; answer its toISOString()' : '; answer plain data'}`,
      { detail: { ...done.notJson } },
    )
  if ('tooLong' in done)
    return new HostTrouble(
      'exception',
      `the function answered ${done.tooLong} characters, and ${longestJson} is the most; write them to a file there and download it`,
    )
  if ('memory' in done)
    return new HostTrouble(
      'exception',
      `the function was ended: ${done.memory} took more memory than the ${memory} MB that it may; give it more with the option memory`,
      { detail: { memoryMb: memory } },
    )
  if ('exit' in done)
    return new HostTrouble(
      'exception',
      done.exit === 0
        ? 'the function never answered: nothing was left that it could have waited for'
        : `the function ended its process (exit status ${done.exit}) instead of answering`,
      { detail: { exit: done.exit } },
    )
  return thrown(done.error, file)
}

function thrown({ name, message, stack, unhandled }: Thrown, file: string): HostTrouble {
  const where = file.slice(0, file.lastIndexOf('/') + 1)
  const detail = {
    ...(name ? { error: name } : {}),
    ...(stack ? { stack: stack.replaceAll(`file://${where}`, '').slice(0, tailOfStack) } : {}),
  }
  const absent = /^(\S+) is not defined$/.exec(message)?.[1]
  const words = name && name !== 'Error' ? `${name}: ${message}` : message
  if (name === 'ReferenceError' && absent)
    return new HostTrouble(
      'exception',
      `${words}: the function executes on the host by itself, without the variables and imports around it; hand ${absent} over as its argument, import what it needs inside of it, or use agentFunction(import.meta.url, '…') for a function with imports`,
      { detail },
    )
  return new HostTrouble(
    'exception',
    unhandled ? `the function was ended by an error that nobody caught: ${words}` : words,
    { detail },
  )
}
