/**
 * The bridge: one process in the closet that submitters elsewhere ask to act on hosts, hypervisors and agents. Its parts:
 *
 *   bridge.ts         this process, wired: what is opened in which order, and closed in the other
 *   admission.ts      who may come to which endpoint, by the keyring
 *   jobs/             jobs from their submission to their answer, and the outbox for Step Functions
 *   agents/           the agents that have dialled in, as a transport like SSH
 *   audited.ts        what the audit log says of all this; while-auditable.ts refuses work that it could not say
 *   status.ts         what `reops bridge status` is told; metrics/ tells the same to Prometheus
 *   relay/            the meeting place for a bridge that can't be reached; agent/ the program on the hosts
 *
 * What is true at every instant:
 *
 * 1. Nobody is heard without CURVE and a key of the keyring; what a key may do is its role's. Strangers may enrol, while a
 *    token waits for one.
 * 2. Whoever is revoked is gone within a second, with the connection.
 * 3. One bridge has a state folder. Two would do what one has journalled.
 * 4. A job is journalled before it is accepted, executed once, and answered; jobs/index.ts says how.
 * 5. What was done and by whom stands in the audit log, whose lines stand on each other. While it can't be written, no new
 *    work is taken.
 * 6. SIGTERM drains: nothing new is taken, what is at work ends or stays in the journal for the next bridge.
 */
import { whenAborted } from '../src/core/aborted.ts'
import type { RootOptions } from '../src/run/root.ts'
import { openBridge } from './bridge.ts'

/** Milliseconds that jobs at work have to end when the bridge is told to; systemd waits for ninety seconds. */
const drainMs = 60_000

/** Runs a bridge until it is told to end. */
export async function start({ loaded, say, signal }: RootOptions): Promise<number> {
  const bridge = await openBridge({ loaded, say })
  for (const { for: what, at } of bridge.endpoints) say(`bridge for ${what} at ${at}`)
  if (bridge.metrics !== undefined) say(`metrics and health at http://${bridge.metrics}/metrics and /healthz`)
  say(`its public key is ${bridge.key}`)
  await whenAborted(signal)
  say('draining: nothing new is taken, and what is at work may end')
  await bridge.end(drainMs)
  return 0
}
