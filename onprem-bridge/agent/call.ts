import type * as z from 'zod'
import { explainIssues } from '../../src/core/errors.ts'
import type { Json } from '../../src/core/json.ts'
import { HostTrouble } from '../../src/core/ports.ts'
import type { OutStream } from '../../src/transports/zeromq/agent-messages.ts'

/** One call as whoever answers it sees it. */
export interface AgentCall {
  readonly id: string
  /** Aborted when the bridge cancels it or its time is over. */
  readonly signal: AbortSignal
  /** Whether it was the time that ended it. */
  expired(): boolean
  /** Milliseconds that it was given. */
  readonly timeout: number
  /** What the bridge sends along; it is read once. */
  readonly input: AsyncIterable<Uint8Array>
  /** Says something. Resolves when there is room for more; rejects when the call is over. */
  write(stream: OutStream, bytes: Uint8Array): Promise<void>
  /** Asks for the bundle, which comes as the input. */
  need(sha256: string): void
}

/** Answers one kind of call. */
export interface Handler {
  handle(params: Json, call: AgentCall): Promise<Json>
}

/** Makes a handler whose parameters are checked by a schema; what doesn't fit is refused and nothing is done. */
export function handler<S extends z.ZodType>(
  schema: S,
  handle: (params: z.output<S>, call: AgentCall) => Promise<unknown>,
): Handler {
  return {
    handle: async (params, call) => {
      const parsed = schema.safeParse(params)
      if (!parsed.success)
        throw new HostTrouble('exception', `the agent can't do that: ${explainIssues(parsed.error.issues)}`)
      return ((await handle(parsed.data, call)) ?? null) as Json
    },
  }
}

/** Why a call that was told to end did: `what` took too long or was cancelled, and `became` so. */
export function stopped(
  call: Pick<AgentCall, 'expired' | 'timeout'>,
  what: string,
  became = '',
  detail: Record<string, unknown> = {},
): HostTrouble {
  const rest = became === '' ? '' : ` ${became}`
  return call.expired()
    ? new HostTrouble('timeout', `${what} took longer than ${Math.round(call.timeout)} ms${rest}`, { detail })
    : new HostTrouble('cancelled', `${what} was cancelled${rest}`, { detail })
}
