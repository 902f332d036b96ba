import type { AuthContext, Connection, ParsedKey } from 'ssh2'

/** Who may log in to a host. */
export interface Authorized {
  readonly user: string
  readonly key: ParsedKey
}

/** Refusals before the connection is closed; a client's opening question, which methods there are, is one of them. */
const maxRefusals = 8

/**
 * Lets in the one user with the one key. Passwords and every other method are refused, and a client that
 * keeps trying is disconnected.
 */
export function guardConnection(connection: Connection, authorized: Authorized): void {
  let refusals = 0
  connection.on('authentication', context => {
    if (isAuthorized(context, authorized)) return context.accept()
    context.reject(['publickey'])
    if (++refusals >= maxRefusals) connection.end()
  })
}

/** Whether it is our user and key, and, when the client proves it, whether the proof holds. */
function isAuthorized(context: AuthContext, { user, key }: Authorized): boolean {
  if (context.method !== 'publickey' || context.username !== user) return false
  if (context.key.algo !== key.type || !context.key.data.equals(key.getPublicSSH())) return false
  if (!context.signature) return true
  return context.blob !== undefined && key.verify(context.blob, context.signature, context.hashAlgo) === true
}
