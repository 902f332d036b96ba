import { hostOperation, operation } from 're-ops'
import * as z from 'zod'
import { definitionOf } from '../../../src/core/operation/definition-of.ts'
import type { Definition, Effect } from '../../../src/core/step.ts'

/** What a test does with a call of an operation that waits for it. */
export interface Call {
  readonly name: string
  readonly data: unknown
  readonly signal: AbortSignal
  readonly progress: (event: any) => void
  answer(value: unknown): void
  fail(error: unknown): void
}

/** Operations of each effect whose calls a test answers, and how often each was called. */
export interface TestOperations {
  readonly own: ReadonlyMap<string, Definition>
  readonly calls: readonly Call[]
  /** Resolves to the call with this number, from 0, of all. */
  call(index: number): Promise<Call>
}

const schema = z.strictObject({ size: z.int().max(100).optional() })

export function testOperations(): TestOperations {
  const calls: Call[] = []
  const waiting: (() => void)[] = []
  const waits = (name: string, effect: Effect) =>
    operation({
      name,
      site: 'onprem',
      effect,
      schema,
      timeoutSeconds: 3_600,
      handle: (data: unknown, _args, { signal, progress }) => {
        const { promise, resolve, reject } = Promise.withResolvers<unknown>()
        calls.push({ name, data, signal, progress, answer: resolve, fail: reject })
        for (const wake of waiting.splice(0)) wake()
        return promise
      },
    })
  const echo = operation({
    name: 'echo',
    site: 'onprem',
    effect: 'read',
    schema,
    handle: (data: unknown) => data,
  })
  const touch = hostOperation({
    name: 'touch',
    effect: 'change',
    schema: z.strictObject({}),
    args: () => ({}),
    each: async host => {
      await new Promise((_resolve, reject) => {
        calls.push({
          name: 'touch',
          data: host.name,
          signal: host.signal,
          progress: () => {},
          answer: _resolve,
          fail: reject,
        })
        for (const wake of waiting.splice(0)) wake()
      })
      return 'touched'
    },
  })
  const all = [echo, touch, waits('look', 'read'), waits('put', 'idempotent'), waits('change', 'change')]
  return {
    own: new Map(all.map(call => [definitionOf(call)!.name, definitionOf(call)!])),
    calls,
    async call(index) {
      while (calls.length <= index) await new Promise<void>(resolve => waiting.push(resolve))
      return calls[index]!
    },
  }
}
