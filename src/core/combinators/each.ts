import * as z from 'zod'
import { explainIssues, InvalidArguments, UnexpectedData } from '../errors.ts'
import { closureDefinition, closureTask } from '../operation/closures.ts'
import { fromStep, type Operation } from '../operation/operation.ts'
import type { About } from '../step.ts'

const options = z.strictObject({
  /** Items worked on at once. 40 is what AWS runs at once in an inline Map. */
  concurrency: z.int().min(1).max(1_000).default(40),
  /** The most items that there can be; up to 40 the Map stays inline, otherwise it is a Distributed Map. */
  atMost: z.int().min(1).optional(),
})

/** How many items at once, and how many there can be. */
export type EachOptions = z.input<typeof options>

const definition = closureDefinition('each')

/**
 * The same pipeline for every item of a list, so many at once; answers the list of what they answered, in the
 * items' order. With a function first, that function makes the list from the data; the steps for an item then say
 * the type of the item themselves.
 *
 * @example
 * pipe(exec(closet, 'ls /srv'), transform(out => out.successful), each(transform(one => one.value.stdout)))
 */
export function each<A, B>(body: Operation<A, B>, settings?: EachOptions): Operation<readonly A[], B[]>
export function each<T, A, B>(
  items: (data: T, about: About) => readonly A[] | Promise<readonly A[]>,
  body: Operation<A, B>,
  settings?: EachOptions,
): Operation<T, B[]>
export function each(first: unknown, second?: unknown, third?: unknown): Operation<any, unknown[]> {
  const own = typeof first === 'function'
  const items = own ? (first as (data: unknown, about: About) => unknown) : (data: unknown) => data
  const body = (own ? second : first) as Operation<any, unknown>
  const parsed = options.safeParse((own ? third : second) ?? {})
  if (!parsed.success) throw new InvalidArguments(`each: ${explainIssues(parsed.error.issues)}`)
  const { concurrency, atMost } = parsed.data
  const closure = async (data: unknown, about: About, step: string) => {
    const list = await items(data, about)
    if (!Array.isArray(list))
      throw new UnexpectedData(
        `${step} needs a list and was given ${list === null ? 'nothing' : typeof list}`,
      )
    if (atMost === undefined || list.length <= atMost) return list
    throw new UnexpectedData(`${step} said at most ${atMost} items and was given ${list.length}`)
  }
  const task = closureTask(definition, own ? (first as { name: string }) : { name: '' }, closure, 'items')
  return fromStep({ kind: 'each', items: task, body: body.step, concurrency, atMost })
}
