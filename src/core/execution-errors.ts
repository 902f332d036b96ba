import { ReopsError } from './errors.ts'
import type { ExecutionStatus } from './executions.ts'

/** Somebody else executes it by now, or its lease was given back: what this process still knows of it is old. */
export class LeaseLost extends ReopsError {
  override readonly name = 'LeaseLost'
  readonly execution: string
  readonly fence: number

  constructor(execution: string, fence: number) {
    super(
      `the lease of ${execution} under fence ${fence} is over: stop what this process still does of it, ` +
        'and acquire it again before going on',
    )
    this.execution = execution
    this.fence = fence
  }
}

/** A flow has an execution of this name with another input. */
export class ExecutionNameTaken extends ReopsError {
  override readonly name = 'ExecutionNameTaken'
  readonly execution: string

  constructor(taken: { readonly id: string; readonly name: string; readonly flow: string }, status: string) {
    super(
      `${taken.flow} has an execution named ${taken.name} (${status}) that was started with another input: ` +
        'choose another name, or leave the name out to have one made',
    )
    this.execution = taken.id
  }
}

/** Several executions have this name, or begin with it. */
export class AmbiguousName extends ReopsError {
  override readonly name = 'AmbiguousName'
  /** Some of them, by id. */
  readonly candidates: readonly string[]

  constructor(asked: string, candidates: readonly string[]) {
    super(`${JSON.stringify(asked)} may be any of ${candidates.join(', ')}: say more of it, or its whole id`)
    this.candidates = candidates
  }
}

/** No execution has this id; it may have been pruned. */
export class UnknownExecution extends ReopsError {
  override readonly name = 'UnknownExecution'
  readonly execution: string

  constructor(execution: string) {
    super(`there is no execution ${execution}: it was never started here, or it was pruned`)
    this.execution = execution
  }
}

/** It stands where this can't be done: a running one is not redriven, an ended one is not stopped. */
export class WrongStatus extends ReopsError {
  override readonly name = 'WrongStatus'
  readonly execution: string
  readonly status: ExecutionStatus

  constructor(execution: string, status: ExecutionStatus, needed: string) {
    super(`${execution} is ${status}, and only ${needed}`)
    this.execution = execution
    this.status = status
  }
}

/** The store, or the database under it, was closed before. */
export class StoreClosed extends ReopsError {
  override readonly name = 'StoreClosed'

  constructor() {
    super('this store is closed: open it again, or close it after its last use')
  }
}
