import { closest } from '../closest.ts'
import type { Args } from '../command.ts'
import { buildTimeline } from '../history/build.ts'
import { placeOf } from '../history/place.ts'
import { failureIn, type Thread, type Visit } from '../history/timeline.ts'
import { given, text } from '../parse.ts'
import { UsageError } from '../usage-error.ts'
import type { Shown } from './shown.ts'

/**
 * The data that `--input`, `--output` and `--state` ask for: the execution's own, or `{ state, visits }` with what each
 * stay in a state was given and gave on. Throws `UsageError` for a state that was not entered.
 */
export async function stateData(shown: Shown, args: Args): Promise<unknown> {
  const name = text(args, 'state')
  const wanted = { input: given(args, 'input'), output: given(args, 'output') }
  const both = wanted.input === wanted.output
  const { root, input, output } = buildTimeline(shown.entries(), { keep: state => state === name })
  if (name === undefined) {
    const whole = {
      ...(wanted.input ? { input: await load(shown, shown.record?.input ?? input) } : {}),
      ...(wanted.output ? { output: await load(shown, shown.record?.output ?? output) } : {}),
    }
    return both ? whole : (whole.input ?? whole.output ?? null)
  }
  const all = [...visitsIn(root)]
  const visits = all.filter(visit => visit.name === name)
  if (visits.length === 0) throw notEntered(shown.title, name, [...new Set(all.map(visit => visit.name))])
  const documents = visits.map(async visit => ({
    place: placeOf(visit),
    status: visit.status,
    enteredAt: visit.enteredAt === undefined ? null : new Date(visit.enteredAt).toISOString(),
    ...(both || wanted.input ? { input: await load(shown, visit.input) } : {}),
    ...(both || wanted.output ? { output: await load(shown, visit.output) } : {}),
    ...(visit.status === 'failed' || visit.status === 'caught' ? { failure: failureIn(visit) ?? {} } : {}),
  }))
  return { state: name, visits: await Promise.all(documents) }
}

async function load(shown: Shown, data: unknown): Promise<unknown> {
  return (await shown.load(data)) ?? null
}

function* visitsIn(thread: Thread): Generator<Visit> {
  for (const visit of thread.visits) {
    yield visit
    for (const { threads } of visit.attempts) for (const inner of threads) yield* visitsIn(inner)
  }
}

function notEntered(title: string, name: string, entered: readonly string[]): UsageError {
  const meant = closest(name, entered)
  return new UsageError(
    `${title} did not enter a state ${JSON.stringify(name)}; ${
      meant !== undefined
        ? `did you mean ${JSON.stringify(meant)}?`
        : entered.length === 0
          ? 'it entered none'
          : `it entered ${entered.join(', ')}`
    }`,
  )
}
