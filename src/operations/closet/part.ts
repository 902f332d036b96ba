import type { Context } from '../../core/context.ts'
import { ReopsError, UnexpectedData } from '../../core/errors.ts'
import { isHosts, narrow } from '../../core/hosts.ts'
import { type Failure, isOutcome, type Outcome, type Success } from '../../core/outcome.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { atStage, type ClosetMember, type ClosetOutcome, type ClosetStage } from './stages.ts'

/** The outcome of a closet's step. Throws `UnexpectedData` for anything else. */
export function closetBefore(data: unknown, step: string): ClosetOutcome {
  const fits =
    isOutcome(data) &&
    isHosts(data.on) &&
    data.successful.every(({ value }) => typeof (value as ClosetMember | null)?.stage === 'string')
  if (fits) return data as ClosetOutcome
  throw new UnexpectedData(
    `${step} goes on with who is to be shut down or brought up; put it behind toShutDown(…) or toBringUp(…)`,
  )
}

/** Those of a closet that are at a stage, by themselves: nothing is known of them yet. */
export function partOf(closet: ClosetOutcome, fits: (one: Success<ClosetMember>) => boolean): ClosetOutcome {
  const successful = closet.successful.filter(fits)
  const names = new Set(successful.map(({ host }) => host))
  return { on: narrow(closet.on, names), successful, failure: [], left: [] }
}

/**
 * The closet once a part of it was worked on: each of the part is known by what became of it, at its stage, and all others
 * as they were.
 */
export function withPart(
  closet: ClosetOutcome,
  part: ClosetOutcome,
  done: Outcome<unknown, ClosetMember>,
  stage: ClosetStage,
): ClosetOutcome {
  const worked = new Set(part.successful.map(({ host }) => host))
  const { closet: name } = closet.successful.find(({ value }) => value.closet !== undefined)?.value ?? {}
  const own = done.successful.map(one =>
    name === undefined ? one : { ...one, value: { ...one.value, closet: name } },
  )
  const successful = [...closet.successful.filter(({ host }) => !worked.has(host)), ...own]
  return {
    on: narrow(closet.on, new Set(successful.map(({ host }) => host))),
    successful,
    failure: [...closet.failure, ...done.failure.map(atStage(stage))],
    left: closet.left,
  }
}

/**
 * What a stage comes to where something is wrong with more than one system: with the store, or with a program. Whoever is on
 * it fails, and the closet goes on: a fault of ours must not keep the others hot.
 */
export async function orAllFail(
  part: ClosetOutcome,
  { step }: Pick<Context, 'step'>,
  work: () => Promise<Outcome<unknown, ClosetMember>>,
): Promise<Outcome<unknown, ClosetMember>> {
  if (part.successful.length === 0) return part
  try {
    return await work()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const failure = part.successful.map(({ host }): Failure => {
      const detail = { error: error instanceof Error ? error.name : 'Error' }
      const code = detail.error === 'ClosetBusy' ? 'busy' : 'exception'
      const target = part.on.hosts.find(({ name }) => name === host)
      return { host, code, step, message, detail, ...(target === undefined ? {} : { target }) }
    })
    return { on: part.on, successful: [], failure, left: [] }
  }
}

/** What is wrong with one system's work is that system's, even where it is the program that is wrong. */
export async function itsOwn<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ReopsError)
      throw new SystemTrouble('exception', error.message, { cause: error, detail: { error: error.name } })
    throw error
  }
}
