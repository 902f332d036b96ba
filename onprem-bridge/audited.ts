import type { AuditEvent } from '../src/state/audit/entry.ts'
import type { HubEvent } from './agents/hub.ts'
import type { JobEvent } from './jobs/index.ts'

/** Characters of what others have named; the log has no more room for one of them. */
const longest = 300

/** What the audit log says of a job. Who asked, what it is about and how it ended; never its data. */
export function auditOfJob(event: JobEvent): AuditEvent {
  const { kind, who } = event
  const base = {
    who: cut(who),
    ...('job' in event && event.job !== undefined ? { job: cut(event.job) } : {}),
  }
  switch (kind) {
    case 'submit':
      return {
        ...base,
        what: 'submit',
        operation: event.operation,
        why: cut(placeOf(event)),
        outcome: event.again ? 'known' : 'accepted',
      }
    case 'start':
      return {
        ...base,
        what: 'start',
        operation: event.operation,
        ...(event.attempt > 1 ? { count: event.attempt } : {}),
      }
    case 'end':
      return {
        ...base,
        what: 'end',
        operation: event.operation,
        outcome: event.state,
        ...(event.error === undefined ? {} : { error: cut(event.error) }),
      }
    case 'cancel':
      return { ...base, what: 'cancel' }
    case 'refuse':
      return { ...base, what: 'submit', outcome: 'refused', error: cut(event.error) }
  }
}

/** What the audit log says of an agent. */
export function auditOfAgent(event: HubEvent): AuditEvent {
  const who = cut(event.host)
  switch (event.kind) {
    case 'enrolled':
      return { who, role: 'agent', what: 'enrol', outcome: 'accepted' }
    case 'enrol-refused':
      return { who, role: 'agent', what: 'enrol', outcome: 'refused' }
    case 'registered':
      return { who, role: 'agent', what: 'register', ...(event.again ? { outcome: 'again' } : {}) }
    case 'replaced':
    case 'gone':
      return { who, role: 'agent', what: event.kind }
  }
}

/** The flow, the step and the hosts that a job names: names of ours, and no data. */
function placeOf({ flow, step, hosts }: Extract<JobEvent, { kind: 'submit' }>): string {
  return `${flow} ${step}${hosts.length > 0 ? ` on ${hosts.join(' ')}` : ''}`
}

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}
