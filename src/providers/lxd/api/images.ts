import * as z from 'zod'
import { type CallOptions, type LxdClient, pathTo } from './client.ts'
import { isTrouble } from './errors.ts'

const imageSchema = z.object({
  fingerprint: z.string(),
  type: z.enum(['container', 'virtual-machine']).default('container'),
  architecture: z.string().default(''),
  size: z.number().default(0),
  properties: z.record(z.string(), z.string()).nullish(),
  aliases: z.array(z.object({ name: z.string() })).nullish(),
})

export type Image = z.output<typeof imageSchema>

/** The images that the server has. */
export async function listImages(client: LxdClient, options: CallOptions): Promise<Image[]> {
  const asked = { doing: 'listing images', path: pathTo('images'), query: { recursion: '1' } }
  return (await client.read(asked, z.array(imageSchema), options)).value
}

/** The fingerprint that an alias stands for, or nothing. */
export async function resolveAlias(
  client: LxdClient,
  alias: string,
  options: CallOptions,
): Promise<string | undefined> {
  const asked = { doing: `looking for the image ${alias}`, path: pathTo('images', 'aliases', alias) }
  try {
    return (await client.read(asked, z.object({ target: z.string() }), options)).value.target
  } catch (error) {
    if (isTrouble(error, 'not-found')) return undefined
    throw error
  }
}

/** Gives an image another name; a name that stands for something else is refused with `exists`. */
export async function addAlias(
  client: LxdClient,
  alias: string,
  fingerprint: string,
  options: CallOptions,
): Promise<void> {
  await client.change(
    {
      doing: `naming the image ${fingerprint.slice(0, 12)} ${alias}`,
      method: 'POST',
      path: pathTo('images', 'aliases'),
      body: { name: alias, target: fingerprint },
    },
    z.unknown(),
    options,
  )
}

/** An image on a server of images: one that speaks simplestreams (`https://…`), or another LXD. */
export interface RemoteImage {
  readonly server: string
  readonly protocol: 'simplestreams' | 'lxd'
  readonly alias: string
}

/** Deletes an image; what was made of it stays. */
export async function deleteImage(
  client: LxdClient,
  fingerprint: string,
  options: CallOptions,
): Promise<void> {
  await client.change(
    {
      doing: `deleting the image ${fingerprint.slice(0, 12)}`,
      method: 'DELETE',
      path: pathTo('images', fingerprint),
    },
    z.unknown(),
    options,
  )
}
