import * as z from 'zod'
import { type CallOptions, openClient } from './client.ts'
import { LxdError } from './errors.ts'
import { readServer } from './server.ts'

/** A token that `lxc config trust add` or `incus config trust add` printed: where the server is, and what proves it. */
const tokenSchema = z.object({
  client_name: z.string(),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  addresses: z.array(z.string()).max(100),
  secret: z.string(),
})

export type TrustToken = z.output<typeof tokenSchema>

/**
 * Reads a token. Throws `LxdError` for what is none.
 *
 * @example
 * readToken(process.env.LXD_TOKEN ?? '').fingerprint
 */
export function readToken(token: string): TrustToken {
  try {
    return tokenSchema.parse(JSON.parse(Buffer.from(token, 'base64').toString('utf8')))
  } catch (cause) {
    throw new LxdError('invalid', 'this is no token; print one on the server by `lxc config trust add`', {
      doing: 'reading a trust token',
      cause,
    })
  }
}

/** How a server is asked to trust us: by a token, or by its trust password and the fingerprint that a person compared. */
export type Introduction =
  | { readonly token: string }
  | { readonly password: string; readonly fingerprint: string }

/**
 * Makes a server trust our certificate and returns the fingerprint by which it is proved from now on. A server that
 * shows another certificate than the token's is told nothing.
 *
 * @example
 * const fingerprint = await trust('https://10.0.0.5:8443', { cert, key, name: 'bridge' }, { token }, { signal })
 */
export async function trust(
  url: string,
  { cert, key, name }: { readonly cert: string; readonly key: string; readonly name: string },
  introduction: Introduction,
  options: CallOptions,
): Promise<string> {
  const { fingerprint } = 'token' in introduction ? readToken(introduction.token) : introduction
  const client = openClient({ url, cert, key, fingerprint })
  try {
    const { auth, api_extensions } = await readServer(client, options)
    if (auth === 'trusted') return fingerprint
    // LXD 5.0 takes a token where a password stands; later servers have a field of its own for it.
    const proof =
      'password' in introduction
        ? { password: introduction.password }
        : api_extensions.includes('explicit_trust_token')
          ? { trust_token: introduction.token }
          : { password: introduction.token }
    const body = { type: 'client', name, ...proof }
    await client.change(
      { doing: `asking ${url} to trust us`, method: 'POST', path: '/1.0/certificates', body },
      z.unknown(),
      options,
    )
    return fingerprint
  } finally {
    client.close()
  }
}
