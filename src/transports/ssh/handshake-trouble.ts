import { HostTrouble } from '../../core/ports.ts'
import type { Authentication } from './authenticate.ts'
import { describeTarget, type Target } from './target.ts'
import { cancelled, errnoOf, printable } from './trouble.ts'

/** How far a handshake has come; a message that says where it hung tells where to look. */
export type Stage = 'connection' | 'identification' | 'key exchange' | 'authentication'

/** The server hung up for a reason that may be gone soon: it was busy (MaxStartups), or it did not wait for a person. */
export class Dropped extends Error {
  override readonly name = 'Dropped'
}

interface Ended {
  readonly target: Target
  readonly stage: Stage
  /** What the server said before its identification. */
  readonly greeting: string
  readonly error: Error | undefined
  readonly authentication: Authentication
  /** A person was asked for something meanwhile. */
  readonly waited: boolean
  readonly expired: boolean
  readonly aborted: boolean
}

/** Says why a handshake ended, in the words of whoever has to mend it. */
export function explainHandshake(ended: Ended): HostTrouble | Dropped {
  const { target, stage, error } = ended
  const where = `${target.host}: ${describeTarget(target)}`
  const detail = {
    address: target.address,
    port: target.port,
    stage,
    ...(errnoOf(error) ? { errno: errnoOf(error) } : {}),
  }
  const unreachable = (message: string) =>
    new HostTrouble('unreachable', `${where} ${message}`, { detail, cause: error })
  if (ended.expired) return unreachable(hung(stage))
  if (ended.aborted) return cancelled(`${where}: connecting`, detail)
  switch (stage) {
    case 'connection':
      return unreachable(refused(error))
    case 'identification':
      return unidentified(ended, unreachable)
    case 'key exchange':
      return unreachable(
        `broke off in the key exchange: ${error ? printable(error.message) : 'it closed the connection'}`,
      )
    case 'authentication':
      // sshd waits two minutes for a login. Whoever took longer has answered by now, so it goes fast next time.
      if (ended.waited && (!error || ('level' in error && error.level === 'client-socket')))
        return new Dropped(`${where} did not wait for the answer`)
      if (error && ('level' in error ? error.level === 'client-authentication' : true)) {
        return ended.authentication.trouble(saidBy(error))
      }
      return unreachable(
        `closed the connection during authentication${error ? `: ${printable(error.message)}` : ''}`,
      )
  }
}

/** ssh2 throws its own sentence when it runs out of keys; only a server's sentence is worth repeating. */
function saidBy(error: Error): string | undefined {
  return 'level' in error && error.level === 'client-authentication' ? undefined : printable(error.message)
}

function hung(stage: Stage): string {
  switch (stage) {
    case 'connection':
      return 'did not answer in time: no TCP connection. Is it up, and is the port open in its firewall?'
    case 'identification':
      return 'accepted the connection and then said nothing in time. Is it an SSH server, and is it alive?'
    case 'key exchange':
      return 'identified itself and hung in the key exchange. Is it overloaded?'
    case 'authentication':
      return 'hung during authentication. Does its name service or PAM answer?'
  }
}

function refused(error: Error | undefined): string {
  switch (errnoOf(error)) {
    case 'ECONNREFUSED':
      return 'refuses connections: nothing listens on that port. Is sshd running there?'
    case 'ENOTFOUND':
      return 'has a name that does not resolve. Check it, or give the host an address'
    case 'EAI_AGAIN':
      return 'could not be looked up: the name service does not answer'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'can not be routed to from here'
    default:
      return `can not be connected to: ${error?.message ?? 'the connection was closed'}`
  }
}

/** Words of an sshd that is only busy. Newer ones also punish addresses that failed before. */
const busy = /exceeded maxstartups|not allowed at this time/i

function unidentified(
  { greeting, error, target }: Ended,
  unreachable: (message: string) => HostTrouble,
): HostTrouble | Dropped {
  const said = printable(greeting)
  if (said === '' || busy.test(said)) {
    return new Dropped(
      `${target.address}:${target.port} hung up before it identified itself${said ? ` (${said})` : ''}`,
      { cause: error },
    )
  }
  return unreachable(`is not an SSH server: it said ${JSON.stringify(said)}`)
}
