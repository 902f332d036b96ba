import type { CloudRecord, Settled } from '../../../core/watches/cloud/record.ts'
import type { SettleRequest } from '../../../core/watches/cloud/request.ts'
import { lapseMs } from '../action.ts'
import { short } from './limits.ts'

/** So many are enough: no more than one is started at a time. */
const lastGiven = 4

/** A record in which something was settled, and what that was. */
export interface Settling {
  readonly record: CloudRecord
  readonly settled: readonly Settled[]
}

/** Actions that nobody did in their time are not done any more. */
export function lapse(record: CloudRecord, now: number): Settling {
  const isOver = ({ at }: { readonly at: number }) => now - at > lapseMs
  const over = record.unsettled.filter(isOver)
  if (over.length === 0) return { record, settled: [] }
  const problem = `nobody said within ${lapseMs / 60_000} minutes that it was started`
  return {
    record: giveUp({ ...record, unsettled: record.unsettled.filter(one => !isOver(one)) }, over),
    settled: over.map(({ at, key }) => ({ at, key, carried: 'lapsed', problem })),
  }
}

/** Writes down what became of an action. What is said a second time changes nothing, but that it was started after all. */
export function settle(record: CloudRecord, { key, carried, problem }: SettleRequest): Settling {
  const isIt = (one: { readonly key: string }) => one.key === key
  const action = record.unsettled.find(isIt) ?? (carried === 'started' ? record.given.find(isIt) : undefined)
  if (action === undefined) return { record, settled: [] }
  const rest: CloudRecord = {
    ...record,
    unsettled: record.unsettled.filter(one => !isIt(one)),
    given: record.given.filter(one => !isIt(one)),
  }
  const said = carried === 'failed' ? { problem: short(problem ?? 'nobody said why') } : {}
  return {
    record: carried === 'failed' ? giveUp(rest, [action]) : rest,
    settled: [{ at: action.at, key, carried, ...said }],
  }
}

function giveUp(
  record: CloudRecord,
  actions: readonly { readonly at: number; readonly key: string }[],
): CloudRecord {
  const given = [...record.given, ...actions.map(({ at, key }) => ({ at, key }))]
  return { ...record, given: given.slice(-lastGiven) }
}
