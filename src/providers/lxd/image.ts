import { SystemTrouble } from '../../core/systems/trouble.ts'
import { resolveAlias } from './api/images.ts'
import type { Source } from './api/instances.ts'
import type { Desk } from './node.ts'

/** An image elsewhere: a server of images that speaks simplestreams, and the alias there. */
const remote = /^(https:\/\/[^#\s]+)#([^#\s]+)$/

/** Why this can't be the name of an image, if it can't. */
export function refuseImage(os: string): string | undefined {
  if (/^https?:/.test(os) && !remote.test(os)) {
    return `${os}: an image elsewhere is written as the https address of its server, # and the alias there`
  }
  return /\s/.test(os) ? `${JSON.stringify(os)} is no name of an image` : undefined
}

/**
 * What an instance is made of: an image that the server has, by its alias or the beginning of its fingerprint, or one
 * elsewhere (`https://images.lan#debian/12`), which the server downloads and keeps.
 */
export async function findImage({ client, node, options }: Desk, os: string | undefined): Promise<Source> {
  if (os === undefined) {
    throw new SystemTrouble(
      'exception',
      `${node}: nothing says what image it is made of; say image('…'), or os for the node in the configuration`,
    )
  }
  const [, server, alias] = remote.exec(os) ?? []
  if (server !== undefined && alias !== undefined) return { server, alias, protocol: 'simplestreams' }
  const fingerprint = await resolveAlias(client, os, options())
  if (fingerprint !== undefined) return { fingerprint }
  if (/^[0-9a-f]{12,64}$/.test(os)) return { fingerprint: os }
  throw new SystemTrouble(
    'exception',
    `${node} has no image ${os}; import one there (lxc image import), or name one elsewhere as https://server#alias`,
  )
}
