import type * as z from 'zod'
import { explainIssues, InvalidArguments, InvalidInput } from './errors.ts'
import { findNotJson, type Json } from './json.ts'
import { closureDefinition, closureTask } from './operation/closures.ts'
import { fromStep, isOperation, type Operation } from './operation/operation.ts'
import { inputRef, type Refs } from './ref.ts'

const brand = Symbol.for('re-ops.flow')

/** A pipeline with input, to be run by name. It is an operation, so that flows compose. */
export interface Flow<I = any, O = unknown> extends Operation<I, O> {
  readonly [brand]: true
  readonly input: z.ZodType
  readonly description: string | undefined
}

/** What `flow()` takes. */
export interface FlowOptions<S extends z.ZodType, O> {
  /** The shape of the input; unknown fields are refused when the schema is a `z.strictObject`. */
  readonly input: S
  /** One line for `reops flows`. */
  readonly description?: string
  /** The pipeline, or a function that builds it: its argument's properties stand for the parts of the input. */
  readonly steps: Steps<z.output<S>, O> | ((input: Refs<z.output<S>>) => Steps<z.output<S>, O>)
}

/** A flow inside another pipeline is given its data as input, which a task of its own parses. */
const definition = closureDefinition('input')

type Steps<I, O> = Operation<I, O> | Operation<void, O>

/**
 * Names a pipeline. Its id is the name that it is exported by from `flows/index.ts`.
 *
 * @example
 * export const listing = flow({
 *   input: z.strictObject({ path: z.string().default('/') }),
 *   steps: input => pipe(ls(closet, input.path, '-la'), pick(successful), pretty()),
 * })
 */
export function flow<S extends z.ZodType, O>(options: FlowOptions<S, O>): Flow<z.input<S>, O> {
  const steps = typeof options.steps === 'function' ? options.steps(inputRef<z.output<S>>()) : options.steps
  if (!isOperation(steps))
    throw new InvalidArguments('flow: steps is a pipeline, or a function that answers one')
  const input = closureTask(definition, { name: '' }, (data, _about, step) =>
    parse(step, options.input, data),
  )
  return Object.freeze({
    ...fromStep<z.input<S>, O>({ kind: 'flow', input, body: steps.step }),
    [brand]: true as const,
    input: options.input,
    description: options.description,
  })
}

/** Whether a value is a flow. */
export function isFlow(value: unknown): value is Flow {
  return isOperation(value) && brand in value
}

/** Parses a flow's input; throws `InvalidInput`, which names the flow and each field that is wrong. */
export function parseInput(name: string, { input: schema }: Flow, input: unknown): unknown {
  return parse(name, schema, input)
}

/**
 * A flow's input as an execution is started with it. Throws `InvalidInput` for what the schema refuses, and what `refuse`
 * makes of why it can't travel to an execution.
 */
export function executionInput(
  name: string,
  flow: Flow,
  input: unknown,
  refuse: (problem: string) => Error,
): Json {
  const parsed = parseInput(name, flow, input)
  const problem = findNotJson(parsed)
  if (problem === undefined) return parsed as Json
  throw refuse(`${problem.path} is ${problem.found}, which can't travel to an execution`)
}

function parse(name: string, schema: z.ZodType, input: unknown): unknown {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw new InvalidInput(`${name}: ${explainIssues(parsed.error.issues)}`, { detail: { flow: name } })
}
