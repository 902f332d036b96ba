import { once } from '../../src/core/once.ts'
import { systemClock } from '../../src/executor/index.ts'
import { readFunctionEnvironment } from '../../src/run/deploy/function-environment.ts'
import { watchesIn } from '../../src/run/triggers-in.ts'
import { answerWatch } from '../../src/triggers/watch/cloud/keep.ts'
import { log } from '../shared/log.ts'
import { refuseRuns } from '../shared/no-runtime.ts'
import { exported } from '../shared/project.ts'
import { serve } from '../shared/serve.ts'
import { spilledData } from '../shared/spilled.ts'
import { fetchOutput, readRequest } from './request.ts'
import { openStore } from './store.ts'
import { UnknownWatch } from './unknown.ts'

let opened: ReturnType<typeof open> | undefined

/**
 * Decides about a watch for its state machine, and writes down what became of what it decided. Throws `UnexpectedData` for
 * what is no such request, `UnknownWatch`, and what the store throws.
 */
export const handler = serve(async (event, { signal }) => {
  opened ??= open()
  const { watches, spilled, store } = opened
  const request = await fetchOutput(readRequest(event), spilled)
  const watch = watches.get(request.watch)
  if (watch === undefined) throw new UnknownWatch(request.watch, watches.keys())
  const notice = (message: string) => log({ level: 'warn', message, watch: watch.name })
  const answer = await answerWatch(watch, request, {
    store: await store(),
    clock: systemClock,
    signal,
    notice,
  })
  const { code, action, look } = answer
  log({
    message: request.do,
    watch: watch.name,
    execution: request.execution,
    code,
    action: action?.key,
    look,
  })
  return { ...answer }
})

function open() {
  refuseRuns()
  const environment = readFunctionEnvironment(process.env)
  return {
    watches: watchesIn(exported),
    spilled: spilledData(environment),
    store: once(() => openStore(environment)),
  }
}
