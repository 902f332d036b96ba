import type { HostsPort } from '../../src/core/context.ts'
import { answerTask, type Desk, parseRequest } from '../../src/core/task.ts'
import { systemClock } from '../../src/executor/index.ts'
import {
  type FunctionEnvironment,
  readFunctionEnvironment,
} from '../../src/run/deploy/function-environment.ts'
import { openHostsPort } from '../../src/run/hosts-port.ts'
import { log } from './log.ts'
import { refuseRuns } from './no-runtime.ts'
import { type Handler, serve } from './serve.ts'
import { spilledData } from './spilled.ts'

/** What of the world a function reaches besides data and logs; what is left out is not there. */
export interface Reach
  extends Pick<Desk, 'find'>,
    Partial<Pick<Desk, 'systems' | 'types' | 'prices' | 'mail'>> {
  readonly hosts?: HostsPort | undefined
}

/**
 * A function that answers tasks. What it reaches is opened at the first call and kept for the next ones.
 *
 * @example
 * export const handler = serveTasks(() => ({ find: findInFlows() }))
 */
export function serveTasks(open: (environment: FunctionEnvironment) => Reach): Handler {
  let opened: Desk | undefined
  return serve(async (event, { signal, deadline }) => {
    opened ??= deskOf(open)
    const request = parseRequest(event)
    const until = Math.min(deadline, request.deadline ?? Number.POSITIVE_INFINITY)
    return answerTask({ ...request, deadline: until }, opened, signal)
  })
}

function deskOf(open: (environment: FunctionEnvironment) => Reach): Desk {
  refuseRuns()
  const environment = readFunctionEnvironment(process.env)
  const { hosts = nowhere, ...reach } = open(environment)
  return {
    ...reach,
    hosts,
    store: spilledData(environment),
    clock: systemClock,
    // What a pipeline publishes is the output of its state; there nobody has to look for it in a log.
    out: { publish: ({ step, format }) => log({ message: 'published', step, format }) },
    progress: () => {},
  }
}

/** Hosts of a function that reaches none: a step that wants one is told so. */
const nowhere: HostsPort = openHostsPort({}, { concurrency: 1, timeout: 600_000 })
