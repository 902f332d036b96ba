import { isRecord } from '../src/core/json.ts'
import type { AuditLog } from '../src/state/audit/log.ts'
import type { Reception } from '../src/transports/zeromq/channel.ts'
import type { FromBridge } from '../src/transports/zeromq/messages.ts'

/** Milliseconds after which somebody is asked to submit again. */
const retryAfterMs = 5_000

/** Takes no new jobs while the audit log can't be written: what nobody could be asked about later is not begun. */
export function whileAuditable(audit: Pick<AuditLog, 'trouble'>, reception: Reception): Reception {
  return {
    ...reception,
    onPacket(peer, packet) {
      const { body } = packet
      const { trouble } = audit
      if (trouble === undefined || !isRecord(body) || body.kind !== 'submit' || typeof body.id !== 'string')
        return reception.onPacket(peer, packet)
      const why = 'the bridge takes no jobs while its audit log can not be written'
      peer.send({ body: { kind: 'busy', id: body.id.slice(0, 300), retryAfterMs, why } satisfies FromBridge })
    },
  }
}
