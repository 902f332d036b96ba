import type { Keyring } from '../src/run/bridge/keyring/watch.ts'
import type { Admission } from '../src/transports/zeromq/session/accept.ts'
import type { Purpose } from '../src/transports/zeromq/session/greeting.ts'

/** Who may come to which endpoint, by the keyring. */
export interface Doors {
  /** Whether a connection is let in at all; asked by ZAP, before anything of it is read. */
  isLetIn(purpose: string, key: string): boolean
  /** As whom a session is let in. */
  admit(purpose: Purpose, key: string): Admission
}

const homes = { submit: 'jobs', read: 'jobs', agent: 'agents' } as const satisfies Record<string, Purpose>

/**
 * The doors of a bridge: submitters and readers at the endpoint for jobs, agents at theirs, and strangers there while a
 * token waits for one of them.
 */
export function openDoors(keyring: Pick<Keyring, 'find' | 'outstandingTokens'>): Doors {
  const admit = (purpose: Purpose, key: string): Admission => {
    const identity = keyring.find(key)
    if (identity === undefined)
      return purpose === 'agents' && keyring.outstandingTokens() > 0
        ? 'stranger'
        : {
            refused:
              'this bridge does not let this key in; reops keys new lets one in, reops agents token an agent',
          }
    if (homes[identity.role] === purpose) return { identity }
    return { refused: `a key for ${identity.role} belongs at the endpoint for ${homes[identity.role]}` }
  }
  return {
    admit,
    isLetIn(purpose, key) {
      if (purpose !== 'jobs' && purpose !== 'agents') return false
      const admission = admit(purpose, key)
      return admission === 'stranger' || 'identity' in admission
    },
  }
}
