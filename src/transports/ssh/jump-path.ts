import { explainIssues } from '../../core/errors.ts'
import { type Host, hostSchema } from '../../core/hosts.ts'
import { HostTrouble } from '../../core/ports.ts'

/**
 * Reads jump hosts as `ssh -J` takes them: `[user@]host[:port]`, `ssh://` before it or not, several by commas.
 * Throws `HostTrouble` (`unreachable`) for what is none. `host` is the one that is reached through them.
 */
export function parseJumps(text: string, host: string): Host[] {
  return text.split(',').map(part => parseJump(part.trim(), host))
}

function parseJump(text: string, host: string): Host {
  const match =
    /^(?:ssh:\/\/)?(?:(?<user>[^@]+)@)?(?:\[(?<bracketed>[^\]]+)\]|(?<name>[^:]+|[^[\]]*:[^[\]]*:[^[\]]*))(?::(?<port>\d+))?\/?$/.exec(
      text,
    )
  const { user, bracketed, name, port } = match?.groups ?? {}
  const parsed = hostSchema.safeParse({
    name: bracketed ?? name ?? '',
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  })
  if (parsed.success) return parsed.data
  throw invalidJump(
    host,
    `names ${JSON.stringify(text)}, which is no [user@]host[:port]: ${explainIssues(parsed.error.issues)}`,
  )
}

/** The way to a host can't be followed. */
export function invalidJump(host: string, problem: string): HostTrouble {
  return new HostTrouble('unreachable', `${host}: its jump path ${problem}; correct jump or ProxyJump`)
}
