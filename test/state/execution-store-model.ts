import { expect } from 'vitest'
import type { ExecutionEnd, ExecutionLease, ExecutionStore } from '../../src/core/executions.ts'
import fc from '../support/fast-check.ts'
import { entriesOf, idsIn, type OpenedStore, startOf } from './executions.ts'

/** One of several executions: the name tells the flow too, so that prefixes and flows collide. */
type Which = 'a' | 'ab' | 'b'

/** What is done to the store. `grant` picks one of the leases that were ever granted. */
type Step =
  | { readonly do: 'start'; readonly which: Which; readonly input: number; readonly at: number }
  | { readonly do: 'acquire' | 'reopen'; readonly which: Which; readonly at: number }
  | { readonly do: 'append' | 'release'; readonly grant: number }
  | { readonly do: 'renew'; readonly grant: number; readonly at: number }
  | {
      readonly do: 'finish'
      readonly grant: number
      readonly at: number
      readonly status: ExecutionEnd['status']
    }
  | { readonly do: 'request'; readonly which: Which }
  | { readonly do: 'prune'; readonly at: number }

const which = fc.constantFrom<Which>('a', 'ab', 'b')
const at = fc.integer({ min: 0, max: 40 })
const grant = fc.nat(100)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('start'), which, input: fc.nat(1), at }),
  fc.record({ do: fc.constantFrom('acquire', 'reopen'), which, at }),
  fc.record({ do: fc.constantFrom('append', 'append', 'release'), grant }),
  fc.record({ do: fc.constant('renew'), grant, at }),
  fc.record({
    do: fc.constant('finish'),
    grant,
    at,
    status: fc.constantFrom<ExecutionEnd['status']>('SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT'),
  }),
  fc.record({ do: fc.constant('request'), which }),
  fc.record({ do: fc.constant('prune'), at }),
)

const leaseMs = 10

/** An execution as the model knows it. Its lease is the ordinal of the grant. */
interface Modelled {
  readonly which: Which
  readonly input: number
  readonly startedAt: number
  readonly arrival: number
  status: string
  stoppedAt: number | undefined
  deadline: number
  redrives: number
  holder: { grant: number; until: number } | undefined
  entries: number[]
  requests: number
}

/** The contract in its simplest words. Answers are `ok`, `none`, a count, or the name of an error. */
class Model {
  executions: Modelled[] = []
  /** Which execution each lease was granted for. */
  readonly grants: Modelled[] = []
  #arrivals = 0
  #entries = 0

  apply(step: Step): { answer: string | number; granted?: number } {
    switch (step.do) {
      case 'start': {
        const known = this.#find(step.which)
        if (known) return { answer: known.input === step.input ? 'known' : 'ExecutionNameTaken' }
        const startedAt = step.at
        const made: Modelled = {
          ...{
            which: step.which,
            input: step.input,
            startedAt,
            arrival: ++this.#arrivals,
            status: 'RUNNING',
          },
          ...{ stoppedAt: undefined, deadline: startedAt + 60_000, redrives: 0, holder: undefined },
          ...{ entries: [], requests: 0 },
        }
        this.executions.push(made)
        return this.#grant(made, step.at)
      }
      case 'acquire': {
        const found = this.#find(step.which)
        if (found?.status !== 'RUNNING') return { answer: 'none' }
        if (found.holder && found.holder.until > step.at) return { answer: 'none' }
        return this.#grant(found, step.at)
      }
      case 'reopen': {
        const found = this.#find(step.which)
        if (!found) return { answer: 'UnknownExecution' }
        if (found.status === 'RUNNING' || found.status === 'SUCCEEDED') return { answer: 'WrongStatus' }
        Object.assign(found, {
          status: 'RUNNING',
          stoppedAt: undefined,
          deadline: step.at + 60_000,
          requests: 0,
        })
        found.redrives++
        return this.#grant(found, step.at)
      }
      case 'request': {
        const found = this.#find(step.which)
        if (!found) return { answer: 'UnknownExecution' }
        if (found.status !== 'RUNNING') return { answer: 'WrongStatus' }
        found.requests++
        return { answer: 'ok' }
      }
      case 'prune': {
        const before = this.executions.length
        this.executions = this.executions.filter(({ stoppedAt }) => !(stoppedAt! < step.at))
        return { answer: before - this.executions.length }
      }
      default:
        return { answer: this.#underLease(step) }
    }
  }

  #underLease(step: Extract<Step, { grant: number }>): string {
    const number = step.grant % this.grants.length
    const held = this.executions.find(({ holder }) => holder?.grant === number)
    if (step.do === 'append') this.#entries++
    if (!held) return 'LeaseLost'
    if (step.do === 'append') held.entries.push(this.#entries)
    if (step.do === 'renew') held.holder!.until = step.at + leaseMs
    if (step.do === 'finish') Object.assign(held, { status: step.status, stoppedAt: step.at })
    if (step.do === 'finish' || step.do === 'release') held.holder = undefined
    return 'ok'
  }

  #find(which: Which): Modelled | undefined {
    return this.executions.find(execution => execution.which === which)
  }

  #grant(to: Modelled, now: number): { answer: string; granted: number } {
    to.holder = { grant: this.grants.length, until: now + leaseMs }
    this.grants.push(to)
    return { answer: 'ok', granted: to.holder.grant }
  }
}

/** Does the steps to a store, turn by turn, and compares every answer and what is kept with the model. */
export async function agreesWithModel(open: () => Promise<OpenedStore>): Promise<void> {
  const turns = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 15 })
  await fc.assert(
    fc.asyncProperty(turns, async turns => {
      const { store, close } = await open()
      try {
        const model = new Model()
        const granted: { id: string; fence: number }[] = []
        let entries = 0
        for (const turn of turns) {
          // A lease can only be used once one was granted, in an earlier turn.
          const steps = turn.filter(step => !('grant' in step) || granted.length > 0)
          const leases = granted.length
          const fitted = steps.map(step => ('grant' in step ? { ...step, grant: step.grant % leases } : step))
          const answers = fitted.map(step => {
            if (step.do === 'append') entries++
            return settle(() => perform(store, step, granted, entries))
          })
          for (const [index, step] of fitted.entries()) {
            const real = await answers[index]!
            const expected = model.apply(step)
            expect({ step, answer: real.answer }).toEqual({ step, answer: expected.answer })
            if (expected.granted === undefined) continue
            expect(real.lease!.fence).toBeGreaterThan(granted.at(-1)?.fence ?? 0)
            granted.push({ id: startOf((step as { which: Which }).which).id, fence: real.lease!.fence })
          }
          compare(store, model, granted)
        }
      } finally {
        await close()
      }
    }),
    { numRuns: 150 },
  )
}

interface Answer {
  readonly answer: string | number
  readonly lease?: ExecutionLease | undefined
}

async function settle(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (thrown) {
    return { answer: (thrown as Error).name }
  }
}

async function perform(
  store: ExecutionStore,
  step: Step,
  granted: readonly { id: string; fence: number }[],
  entry: number,
): Promise<Answer> {
  const { id, fence } = 'grant' in step ? granted[step.grant]! : { id: '', fence: 0 }
  switch (step.do) {
    case 'start': {
      const start = startOf(step.which, { input: step.input, startedAt: step.at })
      const started = await store.start(start, 'me', leaseMs)
      return started.kind === 'known' ? { answer: 'known' } : { answer: 'ok', lease: started.lease }
    }
    case 'acquire': {
      const lease = await store.acquire(startOf(step.which).id, 'me', leaseMs, step.at)
      return { answer: lease ? 'ok' : 'none', lease }
    }
    case 'reopen':
      return { answer: 'ok', lease: await store.reopen(startOf(step.which).id, 'me', leaseMs, step.at) }
    case 'append':
      store.append(id, fence, entriesOf(entry))
      await store.flush(id, fence)
      return { answer: 'ok' }
    case 'renew':
      await store.renew(id, fence, leaseMs, step.at)
      return { answer: 'ok' }
    case 'release':
      await store.release(id, fence)
      return { answer: 'ok' }
    case 'finish':
      await store.finish(id, fence, { status: step.status, stoppedAt: step.at })
      return { answer: 'ok' }
    case 'request':
      await store.request(startOf(step.which).id, { stop: 'asked' })
      return { answer: 'ok' }
    case 'prune':
      return { answer: await store.prune(step.at) }
  }
}

function compare(store: ExecutionStore, model: Model, granted: readonly { fence: number }[]): void {
  const expected = model.executions
    .toSorted((a, b) => b.startedAt - a.startedAt || b.arrival - a.arrival)
    .map(({ which, startedAt, status, stoppedAt, deadline, redrives, holder, entries, requests }) => ({
      ...{ name: which, startedAt, status, stoppedAt, deadline, redrives, entries, requests },
      lease: holder && { owner: 'me', until: holder.until, fence: granted[holder.grant]!.fence },
    }))
  const kept = store.list({}).map(summary => ({
    ...{ name: summary.name, startedAt: summary.startedAt, status: summary.status },
    ...{ stoppedAt: summary.stoppedAt, deadline: summary.deadline, redrives: summary.redrives },
    ...{ entries: idsIn(store.journal(summary.id)), requests: store.requests(summary.id).length },
    lease: summary.lease,
  }))
  expect(kept).toEqual(expected)
  const running = expected.filter(({ status, lease }) => status === 'RUNNING' && !(lease && lease.until > 20))
  expect(new Set(store.abandoned(20).map(({ name }) => name))).toEqual(
    new Set(running.map(({ name }) => name)),
  )
}
