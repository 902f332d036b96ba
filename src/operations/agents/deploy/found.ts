import type { AgentPlatform } from '../../../core/agents.ts'
import type { HostAtWork } from '../../../core/operation/host-at-work.ts'
import { HostTrouble } from '../../../core/ports.ts'
import { ask } from '../../provision/ask.ts'
import { type Setup, setupSchema } from './options.ts'
import { lookScript } from './scripts/look.ts'

/** What was found on a host. */
export interface Found {
  readonly base: string
  readonly root: boolean
  readonly platform: AgentPlatform
  readonly node: { readonly path: string; readonly version: string } | undefined
  /** Versions of Node that were brought before. */
  readonly brought: readonly string[]
  readonly systemd: boolean
  /** The release that is the current one. */
  readonly current: string | undefined
  readonly setup: Setup | undefined
  /** Whose agent that is. */
  readonly host: string | undefined
  readonly kind: string | undefined
  /** Nobody changed what was put there. */
  readonly sound: boolean
  readonly running: boolean
  /** The public key of the agent that is there. */
  readonly key: string | undefined
}

/** Where to look. */
export interface Where {
  readonly folder?: string | undefined
  readonly become: boolean
}

/** Looks at what a host is and what is there of an agent. Throws `HostTrouble`. */
export async function lookAt(
  host: HostAtWork,
  { folder = '', become }: Where,
  node?: string,
): Promise<Found> {
  const named = node?.startsWith('/') ? node : ''
  const { fact, facts } = await ask(host, { script: lookScript, args: [folder, named], become })
  const base = fact('base')
  if (base === undefined) throw new HostTrouble('exception', 'the host did not say where an agent would be')
  if (fact('foreign') === 'yes')
    throw new HostTrouble(
      'refused',
      `${base} holds something else than an agent, and was left alone; name another folder`,
    )
  const path = fact('node')
  const version = fact('nodeVersion')
  return {
    base,
    root: fact('root') === 'yes',
    platform: { os: fact('os') ?? '', arch: fact('arch') ?? '', libc: fact('libc') ?? '' },
    node: path === undefined || version === undefined ? undefined : { path, version },
    brought: facts('brought'),
    systemd: fact('systemd') === 'yes',
    current: fact('current') || undefined,
    setup: setupOf(fact('setup')),
    host: fact('host') || undefined,
    kind: fact('kind') || undefined,
    sound: fact('sound') === 'yes',
    running: fact('running') === 'yes',
    key: fact('key') || undefined,
  }
}

function setupOf(text: string | undefined): Setup | undefined {
  if (text === undefined) return undefined
  try {
    return setupSchema.safeParse(JSON.parse(text)).data
  } catch {
    // Somebody has written something else there; what is said anew counts then.
    return undefined
  }
}
