import type { Retrier } from '../../core/asl.ts'
import { terminalErrors } from '../../core/errors.ts'
import type { RetryPolicy, Step } from '../../core/step.ts'
import type { Fragment } from '../graph.ts'
import type { Scope } from '../scope.ts'
import { actsOnHosts, labelOf } from '../shape.ts'
import { emitLoop } from './loop.ts'
import { emitGroup } from './parallel.ts'

/** Nothing was executed on a host that failed with one of these. */
const certainlyNot = ['unreachable', 'auth', 'host-key']

/**
 * `retry`. What throws is tried again natively; hosts don't throw, so that those which failed are done again in a
 * loop.
 */
export function emitRetry(
  { body, policy }: { readonly body: Step; readonly policy: RetryPolicy },
  scope: Scope,
): Fragment {
  const retry = retriers(policy)
  if (body.kind === 'flow')
    return scope.emit({ ...body, body: { kind: 'retry', body: body.body, policy } }, scope)
  if (actsOnHosts(body)) return emitLoop(body, { ...policy }, { ...scope, retry })
  if (body.kind === 'task') return scope.emit(body, { ...scope, retry })
  return emitGroup(body, `${labelOf(body)}: retry`, scope, { retry })
}

/** `fallback`: the same loop, once more by the other transport, for hosts on which nothing can have happened. */
export function emitFallback(
  { body, via }: { readonly body: Step; readonly via: string },
  scope: Scope,
): Fragment {
  if (!actsOnHosts(body)) return scope.emit(body, scope)
  if (body.kind === 'flow')
    return scope.emit({ ...body, body: { kind: 'fallback', body: body.body, via } }, scope)
  const policy = {
    attempts: 2,
    seconds: 1,
    backoff: 1,
    maxSeconds: 1,
    jitter: false,
    codes: certainlyNot,
    via,
    onlyAtFirst: true,
  }
  return emitLoop(body, policy, scope)
}

function retriers({ attempts, seconds, backoff, maxSeconds, jitter }: RetryPolicy): Retrier[] {
  const grows = backoff > 1
  return [
    { ErrorEquals: terminalErrors, MaxAttempts: 0 },
    {
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: seconds,
      MaxAttempts: attempts - 1,
      BackoffRate: backoff,
      ...(grows ? { MaxDelaySeconds: maxSeconds } : {}),
      JitterStrategy: jitter ? 'FULL' : 'NONE',
    },
  ]
}
