import { randomUUID } from 'node:crypto'
import { hosts, type Outcome } from 're-ops'
import type { BridgePort } from '../../../src/core/bridge.ts'
import type { Json } from '../../../src/core/json.ts'
import type { TaskRequest } from '../../../src/core/task.ts'

/** Asks the agents of hosts for a sign of life: a job that does nothing but go there and back. */
export function pingRequest(names: readonly string[]): TaskRequest {
  return {
    operation: 'ping-agents',
    args: { options: {} },
    flow: 'bench',
    step: 'ping-agents',
    version: 'bench',
    execution: { id: 'bench', name: 'bench', startedAt: new Date().toISOString() },
    data: hosts([...names]) as unknown as Json,
  }
}

/** Gives the bridge a job under an id of its own; an answer that lacks a host is not worth timing. */
export async function ask(bridge: BridgePort, request: TaskRequest, hosts: number): Promise<void> {
  const call = { id: randomUUID(), signal: new AbortController().signal, progress() {}, heartbeat() {} }
  const outcome = (await bridge.answer(request, call)) as unknown as Outcome<unknown, unknown>
  if (outcome.successful.length === hosts) return
  throw new Error(`${outcome.successful.length} of ${hosts} answered: ${outcome.failure[0]?.message}`)
}
