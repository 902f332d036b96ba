import type { FailureCode } from '../../src/core/outcome.ts'
import { hostNames, type Shape } from './shapes.ts'
import { type Ending, Hosts, type Told, tellFailure, tellSuccess } from './world.ts'

/*
 * A second reading of the language, from DESIGN.md's words and nothing else: no states, no machine. It is as simple
 * as it can be, so that a reader can believe it.
 */

interface Failed {
  readonly host: string
  /** The way that it was tried by, by which it is picked again. */
  readonly via: string
  readonly step: string
  readonly code: FailureCode
}

/** What goes from step to step: whom the next one acts on and by which way, and what became of everyone. */
interface Data {
  readonly on: ReadonlyMap<string, string>
  readonly successful: ReadonlyMap<string, number>
  readonly failure: readonly Failed[]
  readonly left: ReadonlySet<string>
}

/** A gate said no: the pipeline that it is in ends. */
class Skip extends Error {
  readonly data: Data
  constructor(message: string, data: Data) {
    super(message)
    this.data = data
  }
}

/** What several at once throw is any one of theirs: whichever comes first ends the others. */
class Thrown extends Error {
  readonly errors: readonly string[]
  constructor(...errors: string[]) {
    super(errors.join(' or '))
    this.errors = errors
  }
}

/** Failures that retry takes for worth another attempt, and those after which nothing can have been executed. */
const worth: readonly FailureCode[] = ['unreachable', 'timeout', 'exit', 'exception']
const certainlyNot: readonly FailureCode[] = ['unreachable', 'auth', 'host-key']

export function interpret(shape: Shape): Ending {
  const reading = new Reading()
  try {
    return { kind: 'done', ...tell(reading.step(shape, startWith(hostNames)).data) }
  } catch (error) {
    if (error instanceof Skip) return { kind: 'skipped', reason: error.message, ...tell(error.data) }
    if (error instanceof Thrown) return { kind: 'threw', errors: error.errors }
    throw error
  }
}

function startWith(names: readonly string[]): Data {
  return {
    on: new Map(names.map(name => [name, 'ssh'])),
    successful: new Map(),
    failure: [],
    left: new Set(),
  }
}

function tell({ on, successful, failure, left }: Data): Told {
  return {
    on: [...on.keys()].sort(),
    successful: [...successful].map(([host, value]) => tellSuccess(host, value)).sort(),
    failure: [...new Set(failure.map(({ host, step, code }) => tellFailure(host, step, code)))].sort(),
    left: [...left].sort(),
  }
}

/** What a step answers, and the seconds that it took. */
interface Done {
  readonly data: Data
  readonly took: number
}

class Reading {
  readonly #hosts = new Hosts()

  step(shape: Shape, data: Data): Done {
    switch (shape.kind) {
      case 'act':
        return { data: this.#act(shape, data), took: 0 }
      case 'pick':
        return { data: pick(shape.who, data), took: 0 }
      case 'map':
        return { data: map(shape.how, data), took: 0 }
      case 'gate':
        if (data.successful.size >= shape.atLeast) return { data, took: 0 }
        throw new Skip(`fewer than ${shape.atLeast}`, data)
      case 'choose': {
        const way = data.successful.size >= shape.atLeast ? shape.yes : shape.no
        return way ? this.step(way, data) : { data, took: 0 }
      }
      case 'pipe':
        return shape.steps.reduce<Done>(
          (before, step) => {
            const done = this.step(step, before.data)
            return { data: done.data, took: before.took + done.took }
          },
          { data, took: 0 },
        )
      case 'both':
        return this.#all(shape.branches.map(branch => () => this.step(branch, data)))
      case 'each':
        return this.#each(shape, data)
      case 'wait':
        return { data, took: shape.seconds }
      case 'timeout':
        return this.step(shape.body, data)
      case 'retry':
        return this.#again(shape.body, data, shape.attempts, worth, undefined)
      case 'fallback':
        return this.#again(shape.body, data, 2, certainlyNot, 'agent')
      case 'recover':
        return this.#recover(shape, data)
      case 'poll':
        return this.#poll(shape, data)
    }
  }

  #act(shape: Extract<Shape, { kind: 'act' }>, data: Data): Data {
    const successful = new Map<string, number>()
    const failed: Failed[] = []
    for (const [host, via] of data.on) {
      const turn = this.#hosts.turn(shape, host, via)
      if (typeof turn === 'number') successful.set(host, turn)
      else failed.push({ host, via, step: `act ${shape.id}`, code: turn })
    }
    const on = new Map([...data.on].filter(([host]) => successful.has(host)))
    return { on, successful, failure: [...data.failure, ...failed], left: data.left }
  }

  /** Branches and items: each its own pipeline, so that a gate ends it alone; merging then has no outcome of it. */
  #all(works: readonly (() => Done)[]): Done {
    const endings = works.map(work => {
      try {
        return work()
      } catch (error) {
        if (error instanceof Skip || error instanceof Thrown) return error
        throw error
      }
    })
    const thrown = endings.filter(ending => ending instanceof Thrown)
    if (thrown.length > 0) throw new Thrown(...thrown.flatMap(one => one.errors))
    const done = endings.filter((ending): ending is Done => !(ending instanceof Error))
    if (done.length === 0 || done.length < endings.length) throw new Thrown('UnexpectedData')
    return { data: done.map(one => one.data).reduce(merge), took: Math.max(...done.map(one => one.took)) }
  }

  /** A list of any length is distributed, where AWS tells an item's error as one failure too many. */
  #each(shape: Extract<Shape, { kind: 'each' }>, data: Data): Done {
    const works = [...data.on].map(entry => () => {
      try {
        return this.step(shape.body, alone(entry, data))
      } catch (error) {
        if (error instanceof Thrown && !shape.inline)
          throw new Thrown('States.ExceedToleratedFailureThreshold')
        throw error
      }
    })
    return this.#all(works)
  }

  /** Only those that failed go again; each is known by its latest attempt. */
  #again(
    body: Shape,
    data: Data,
    attempts: number,
    codes: readonly FailureCode[],
    via: string | undefined,
  ): Done {
    let outcome = this.step(body, data).data
    let took = 0
    for (let attempt = 1; attempt < attempts; attempt++) {
      const own = outcome.failure.slice(data.failure.length)
      const again = own.filter(failure => codes.includes(failure.code)).map(failure => failure.host)
      if (again.length === 0) break
      took += 1
      const on = new Map(
        [...data.on].filter(([host]) => again.includes(host)).map(([host, way]) => [host, via ?? way]),
      )
      const next = this.step(body, { ...startWith([]), on }).data
      outcome = {
        on: new Map([...outcome.on, ...next.on]),
        successful: new Map([...outcome.successful, ...next.successful]),
        failure: [...data.failure, ...own.filter(failure => !again.includes(failure.host)), ...next.failure],
        left: outcome.left,
      }
    }
    return { data: outcome, took }
  }

  #recover(shape: Extract<Shape, { kind: 'recover' }>, data: Data): Done {
    try {
      const done = this.step(shape.body, data)
      if (done.data.successful.size >= shape.atLeast) return done
    } catch (error) {
      if (!(error instanceof Thrown)) throw error
    }
    return { data: startWith(['a']), took: 0 }
  }

  #poll(shape: Extract<Shape, { kind: 'poll' }>, data: Data): Done {
    for (let took = 0; ; took += 2) {
      const done = this.step(shape.body, data)
      if (done.data.successful.size >= shape.atLeast) return { data: done.data, took }
      if (took + 2 > shape.seconds) throw new Thrown('PollTimeout')
    }
  }
}

function pick(who: Extract<Shape, { kind: 'pick' }>['who'], data: Data): Data {
  const latest = new Map(data.failure.map(failure => [failure.host, failure]))
  const failedOnly = [...latest.keys()].filter(host => !data.successful.has(host) && !data.left.has(host))
  const fits = (value: number) => who === 'successful' || (who === 'even' && value % 2 === 0)
  const successful = new Map([...data.successful].filter(([, value]) => fits(value)))
  const again = who === 'failed' ? failedOnly : []
  const dropped = [...data.successful.keys()].filter(host => !successful.has(host))
  return {
    on: new Map(
      [...successful.keys(), ...again].map(host => [host, data.on.get(host) ?? latest.get(host)!.via]),
    ),
    successful,
    failure: data.failure,
    left: new Set([...data.left, ...dropped]),
  }
}

function map(how: Extract<Shape, { kind: 'map' }>['how'], data: Data): Data {
  const throws = (value: number) => how === 'throw at odd' && value % 2 === 1
  const kept = [...data.successful].filter(([, value]) => !throws(value))
  const failed = [...data.successful].filter(([, value]) => throws(value))
  return {
    on: new Map([...data.on].filter(([host]) => kept.some(([name]) => name === host))),
    successful: new Map(kept.map(([host, value]) => [host, value + 1])),
    failure: [
      ...data.failure,
      ...failed.map(([host]): Failed => ({ host, via: data.on.get(host)!, step: 'map', code: 'exception' })),
    ],
    left: data.left,
  }
}

/** One outcome of two: the first way, the last value, every failure once, and left only who did nothing anywhere. */
function merge(a: Data, b: Data): Data {
  const same = (x: Failed) => (y: Failed) => x.host === y.host && x.step === y.step && x.code === y.code
  const added = b.failure.filter(failure => !a.failure.some(same(failure)))
  const ownA = a.failure.filter(failure => !b.failure.some(same(failure)))
  const busy = (data: Data, own: readonly Failed[]) =>
    new Set([...data.successful.keys(), ...own.map(one => one.host)])
  const [busyA, busyB] = [busy(a, ownA), busy(b, added)]
  const left = [...a.left, ...b.left].filter(
    host =>
      (a.left.has(host) && b.left.has(host)) ||
      (a.left.has(host) && !busyB.has(host)) ||
      (b.left.has(host) && !busyA.has(host)),
  )
  return {
    on: new Map([...b.on, ...a.on]),
    successful: new Map([...a.successful, ...b.successful]),
    failure: [...a.failure, ...added],
    left: new Set(left),
  }
}

function alone([host, via]: readonly [string, string], data: Data): Data {
  const value = data.successful.get(host)
  return {
    on: new Map([[host, via]]),
    successful: new Map(value === undefined ? [] : [[host, value]]),
    failure: [],
    left: new Set(),
  }
}
