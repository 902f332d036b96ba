import type { Host } from '../../core/hosts.ts'
import { HostTrouble } from '../../core/ports.ts'

/** A host as Run Command knows it. */
export interface Instance {
  /** The host's name in messages and results. */
  readonly host: string
  /** `i-…` of EC2, `mi-…` of what was registered by itself. */
  readonly id: string
  /** As whom commands run; as root when left out, as the agent does. */
  readonly user: string | undefined
  /** How messages call it. */
  readonly where: string
}

const instanceId = /^(i-[0-9a-f]{8}([0-9a-f]{9})?|mi-[0-9a-f]{17})$/

/** The instance that a host is: its address, or its name. Throws `HostTrouble` (`refused`) for what is none. */
export function instanceOf({ name, address, user }: Host): Instance {
  const id = address ?? name
  if (!instanceId.test(id))
    throw new HostTrouble(
      'refused',
      `${name}: ${id} is no instance: Run Command takes i-… or mi-… as a host's address, or as its name`,
    )
  return { host: name, id, user, where: name === id ? name : `${name}: ${id}` }
}
