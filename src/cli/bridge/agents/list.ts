import type { Cell } from '../../../operations/output/format/painted-table.ts'
import { formatMilliseconds } from '../../../operations/output/format/time.ts'
import { readKeyring } from '../../../run/bridge/keyring/file.ts'
import { isLive } from '../../../run/bridge/keyring/schema.ts'
import { bridgePlace } from '../../../run/bridge/place.ts'
import type { BridgeStatus } from '../../../run/bridge/status.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { formatDate } from '../../history/date.ts'
import { configuration } from '../../session/configuration.ts'
import { iso } from '../iso.ts'
import { print, table } from '../print.ts'
import { statusIfRunning } from '../status/ask.ts'

/** What is known of a host's agent. */
interface Listed {
  readonly host: string
  /** `enrolled` where no bridge of this machine runs that could say more, `token` for one that has not enrolled yet. */
  readonly state: string
  readonly version?: string | undefined
  readonly heardAt?: number | undefined
  readonly enrolledAt?: number | undefined
  readonly tokenUntil?: number | undefined
}

/** Prints who has enrolled or may, and where a bridge runs here, who is connected. */
export async function listAgents(context: CommandContext, args: Args): Promise<number> {
  const loaded = await configuration(context, args)
  const { keys, tokens } = readKeyring(bridgePlace(loaded).keyring)
  const status = await statusIfRunning(loaded)
  const now = Date.now()
  const enrolled = keys
    .filter(entry => isLive(entry) && entry.role === 'agent')
    .map(({ name, addedAt }) => listed(name, addedAt, status))
  const waiting = tokens
    .filter(({ expiresAt }) => expiresAt > now)
    .map(({ host, expiresAt }): Listed => ({ host, state: 'token', tokenUntil: expiresAt }))
  const agents = [...enrolled, ...waiting].sort((a, b) => (a.host < b.host ? -1 : 1))
  print(context, args, { agents: agents.map(documentOf), asked: status !== undefined }, () =>
    table(
      context,
      args,
      [{ heading: 'host', share: 0.3 }, 'state', 'version', 'heard', 'enrolled'],
      agents.map(agent => rowOf(agent, now)),
      'no agents yet; reops agents token <host> lets one enrol',
    ),
  )
  return 0
}

function listed(host: string, enrolledAt: number, status: BridgeStatus | undefined): Listed {
  if (status === undefined) return { host, enrolledAt, state: 'enrolled' }
  const agent = status.agents.find(one => one.host === host)
  if (agent === undefined) return { host, enrolledAt, state: 'away' }
  return { host, enrolledAt, state: agent.state, version: agent.version, heardAt: agent.lastHeardAt }
}

function documentOf({ host, state, version, heardAt, enrolledAt, tokenUntil }: Listed): object {
  return {
    host,
    state,
    version: version ?? null,
    heardAt: iso(heardAt),
    enrolledAt: iso(enrolledAt),
    tokenUntil: iso(tokenUntil),
  }
}

const tones = { connected: 'green', silent: 'yellow', gone: 'red', away: 'red' } as const

function rowOf({ host, state, version, heardAt, enrolledAt, tokenUntil }: Listed, now: number): Cell[] {
  const tone = Object.hasOwn(tones, state) ? tones[state as keyof typeof tones] : undefined
  const text = tokenUntil === undefined ? state : `token until ${formatDate(tokenUntil)}`
  return [
    host,
    tone === undefined ? text : { text, tone },
    version ?? '',
    heardAt === undefined ? '' : `${formatMilliseconds(Math.max(0, now - heardAt))} ago`,
    enrolledAt === undefined ? '' : formatDate(enrolledAt),
  ]
}
