import * as z from 'zod'
import { UnexpectedData } from '../../core/errors.ts'
import { closureTask } from '../../core/operation/closures.ts'
import { withDefinition } from '../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../core/operation/operation.ts'
import type { OrRef } from '../../core/ref.ts'
import type { About, Closure } from '../../core/step.ts'

/** What is said to whoever started a pipeline by voice. */
export interface Speech {
  readonly speech: string
}

/** Characters. Alexa takes 8000 with the markup around them. */
const longest = 6_000
const said = z.string().trim().min(1).max(longest)

const definition = define({
  name: 'alexa-reply',
  site: 'code',
  effect: 'read',
  schema: z.strictObject({ speech: said.optional() }),
  handle: (_data: unknown, { speech }, { step }) => spoken(speech, step),
  describe: ({ speech }) => (speech === undefined ? 'say' : `say ${JSON.stringify(speech)}`),
})

/**
 * Says the answer to whoever started the pipeline by voice, when it ended in time: a text, or what a function makes of the
 * data. It stands at the end, where its text is the output.
 *
 * @example
 * pipe(ping(closet), alexa.reply(out => `${out.successful.length} machines are up`))
 */
export function reply<T>(
  speech: OrRef<string> | ((data: T, about: About) => string | Promise<string>),
): Operation<T, Speech> {
  if (typeof speech !== 'function') return fromStep(task(definition, { speech }))
  const closure: Closure = async (data, about, step) => spoken(await speech(data as T, about), step)
  return fromStep(closureTask(definition, speech, closure))
}

withDefinition(reply, definition)

function spoken(text: unknown, step: string): Speech {
  const parsed = said.safeParse(text)
  if (parsed.success) return { speech: parsed.data }
  throw new UnexpectedData(`${step}: what is said is a text of 1 to ${longest} characters`)
}
