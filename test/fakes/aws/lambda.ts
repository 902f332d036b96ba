import type { Json } from '../../../src/core/json.ts'
import { WireError, type WireService } from './wire.ts'

/** What a function came to: what it answers, or what it failed by, in Lambda's names. */
export interface LambdaAnswer {
  readonly payload?: unknown
  readonly error?: { readonly errorType: string; readonly errorMessage: string } | undefined
}

export interface LambdaFake extends WireService {
  /** The events that functions were called with, by their names. */
  readonly events: readonly { readonly name: string; readonly event: Json }[]
}

/** Bytes of an event that is answered at once (AWS Lambda, quotas). */
const mostEvent = 6 * 1_024 * 1_024

/** Lambda, as far as functions are called and waited for; a function that fails is a call that was answered. */
export function lambdaService(
  functions: Readonly<Record<string, (event: Json) => Promise<LambdaAnswer>>>,
  { region = 'eu-central-1', account = '123456789012' } = {},
): LambdaFake {
  const events: { name: string; event: Json }[] = []
  return {
    name: 'lambda',
    protocol: 'rest-json',
    events,
    async handle({ method, path, body, headers }) {
      const name = decodeURIComponent(/^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path)?.[1] ?? '')
      if (method !== 'POST' || name === '') throw new WireError('UnknownOperationException', path, 404)
      const called = functions[name]
      if (called === undefined)
        throw new WireError(
          'ResourceNotFoundException',
          `Function not found: arn:aws:lambda:${region}:${account}:function:${name}`,
          404,
        )
      if (body.length > mostEvent) throw new WireError('RequestTooLargeException', 'too large', 413)
      if (![undefined, 'RequestResponse'].includes(headers['x-amz-invocation-type']))
        throw new WireError('InvalidParameterValueException', 'this fake answers calls that are waited for')
      let event: Json
      try {
        event = JSON.parse(body.toString()) as Json
      } catch {
        throw new WireError('InvalidRequestContentException', 'Could not parse request body into json')
      }
      events.push({ name, event })
      const { payload, error } = await called(event)
      return {
        headers: {
          'content-type': 'application/json',
          'x-amz-executed-version': '$LATEST',
          ...(error === undefined ? {} : { 'x-amz-function-error': 'Unhandled' }),
        },
        body: JSON.stringify(error ?? payload ?? null),
      }
    },
  }
}
