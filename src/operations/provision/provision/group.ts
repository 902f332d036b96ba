import { createHash } from 'node:crypto'
import type { Context } from '../../../core/context.ts'
import { InvalidConfig } from '../../../core/errors.ts'
import type { Host, Hosts } from '../../../core/hosts.ts'
import type { Json } from '../../../core/json.ts'
import { isOutcome, type Outcome } from '../../../core/outcome.ts'
import { ExecutionCancelled, ExecutionFailed } from '../../../core/runtime.ts'
import { isSkipped } from '../../../core/skipped.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import { type Provisioned, planFlow, provisionFlow, tally } from '../../../core/systems/type-flows.ts'

/** How a plan ended for all systems of a group. */
interface Ended {
  readonly outcome: Outcome<Hosts, Provisioned>
  /** The version of the type's flow. */
  readonly version: string
}

/** What became of one system. */
export interface Went {
  readonly value: Provisioned
  readonly version: string
}

/** What all systems of a group have in common. */
export interface GroupParts {
  readonly type: string
  readonly args: Json
  readonly via: string
  readonly check: boolean
  /** How many systems there are in it. */
  readonly size: number
}

/**
 * Systems of one type with the same arguments, which go through its plan together, in one execution. It begins when each
 * of them is held or has dropped out.
 */
export class Group {
  readonly #parts: GroupParts
  readonly #context: Context
  readonly #ready: Host[] = []
  readonly #ended = Promise.withResolvers<Ended>()
  #waitingFor: number

  constructor(parts: GroupParts, context: Context) {
    this.#parts = parts
    this.#context = context
    this.#waitingFor = parts.size
    // Whoever is in it asks for the end; one from which all dropped out has nobody who does.
    this.#ended.promise.catch(() => {})
  }

  /** Goes through the plan with this host. Throws `SystemTrouble` for what went wrong with it. */
  async go(host: Host): Promise<Went> {
    this.#ready.push(host)
    this.#decided()
    const { outcome, version } = await this.#ended.promise
    return { value: this.#valueOf(host.name, outcome), version }
  }

  /** A host that can't come along. */
  dropOut(): void {
    this.#decided()
  }

  #decided(): void {
    this.#waitingFor--
    if (this.#waitingFor > 0 || this.#ready.length === 0) return
    this.#run().then(this.#ended.resolve, this.#ended.reject)
  }

  async #run(): Promise<Ended> {
    const { type, args, via, check } = this.#parts
    const { pipelines, execution, step, signal } = this.#context
    if (pipelines === undefined)
      throw new InvalidConfig(
        `${step} runs the plan of type ${type}, and no flows can be run by name here; run it by the reops command`,
      )
    // The order in which leases were got says nothing, and the name of the execution must not depend on it.
    const hosts = this.#ready.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const flow = check ? planFlow(type) : provisionFlow(type)
    const input = JSON.parse(JSON.stringify({ on: { via, defaults: {}, hosts }, args })) as Json
    const name = nameOf(execution, step, flow, input)
    try {
      const { output, version } = await pipelines.run(flow, input, { name, parent: execution.id, signal })
      return { outcome: outcomeIn(output, type), version }
    } catch (error) {
      if (error instanceof ExecutionCancelled)
        throw new SystemTrouble('cancelled', 'stopped when it was cancelled', { cause: error })
      // The plan is a wrong program; which system it was tried on has to be told all the same, and its state written.
      if (error instanceof ExecutionFailed)
        throw new SystemTrouble('exception', error.message, { cause: error, detail: { error: error.error } })
      throw error
    }
  }

  #valueOf(name: string, { successful, failure, left }: Outcome<Hosts, Provisioned>): Provisioned {
    const success = successful.find(({ host }) => host === name)
    if (success) return success.value
    const last = failure.findLast(({ host }) => host === name)
    if (last)
      throw new SystemTrouble(last.code, `${last.step}: ${last.message}`, {
        detail: { type: this.#parts.type, stage: last.step, detail: last.detail },
      })
    const out = left.find(({ host }) => host === name)
    const why = out ? `${out.step} left it out: ${out.reason}` : 'its plan lost it on the way'
    throw new SystemTrouble('refused', `${why}; a plan has to go on with every system`, {
      detail: { type: this.#parts.type, stage: out?.step },
    })
  }
}

/** Found again by a process that goes on with this step after another one ended in the middle of it. */
function nameOf({ id, name }: Context['execution'], step: string, flow: string, input: Json): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([id, step, flow, input]))
    .digest('hex')
  return `${name.replaceAll(/[^\w.-]/g, '-').slice(0, 50)}-${hash.slice(0, 16)}`
}

/** A plan that a gate ended has gone through what came before it. */
function outcomeIn(output: unknown, type: string): Outcome<Hosts, Provisioned> {
  const skipped = isSkipped(output)
  const outcome = skipped ? output.data : output
  if (!isOutcome(outcome))
    throw new SystemTrouble('exception', `the plan of type ${type} does not end with an outcome of its hosts`)
  return skipped ? tally(outcome as Outcome<Hosts, unknown>, type) : (outcome as Outcome<Hosts, Provisioned>)
}
