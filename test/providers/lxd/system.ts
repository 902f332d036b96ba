import { randomBytes } from 'node:crypto'
import type { FirstLogin } from '../../../src/core/systems/provider.ts'
import type { System } from '../../../src/core/systems/system.ts'

/** A system as a job hands it to a provider before it is made. */
export function newSystem(hostname: string, told: Partial<System> = {}): System {
  return {
    id: `sys-${randomBytes(10).toString('hex')}`,
    hostname,
    provider: 'lxd',
    node: 'nuc',
    os: 'tiny',
    volumes: [],
    description: '',
    tags: [],
    state: 'creating',
    revision: 1,
    createdAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    ...told,
  }
}

/** A public key as it stands in a file: its type and its bytes, each with its length before it. */
function publicKey(): string {
  const parts = [Buffer.from('ssh-ed25519'), randomBytes(32)].flatMap(part => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    return [length, part]
  })
  return `ssh-ed25519 ${Buffer.concat(parts).toString('base64')} test`
}

export const login: FirstLogin = { user: 'ops', keys: [publicKey()] }
