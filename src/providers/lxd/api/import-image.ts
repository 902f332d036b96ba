import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import * as z from 'zod'
import type { Upload } from './call.ts'
import { type CallOptions, type LxdClient, pathTo } from './client.ts'
import { LxdError } from './errors.ts'

/** An image's files: a unified tarball, or its metadata and its root file system apart. */
export type ImageFiles = { readonly unified: string } | { readonly metadata: string; readonly rootfs: string }

/**
 * Uploads an image from files here, as they are read, and returns its fingerprint. An image that the server has already
 * is refused with `exists`.
 *
 * @example
 * const fingerprint = await importImage(client, { unified: 'alpine.tar.gz' }, { signal })
 */
export async function importImage(
  client: LxdClient,
  files: ImageFiles,
  options: CallOptions,
): Promise<string> {
  const name = path.basename('unified' in files ? files.unified : files.rootfs)
  const done = await client.change(
    {
      doing: `importing the image ${name}`,
      method: 'POST',
      path: pathTo('images'),
      upload: 'unified' in files ? await unified(files.unified) : await split(files.metadata, files.rootfs),
      // Each of the two servers reads its own.
      headers: { 'x-lxd-filename': name, 'x-incus-filename': name },
    },
    z.object({ fingerprint: z.string() }),
    options,
  )
  return done.fingerprint
}

async function unified(file: string): Promise<Upload> {
  return { type: 'application/octet-stream', bytes: await sizeOf(file), open: () => createReadStream(file) }
}

/** Two files as a form, whose length is known before the first byte. */
async function split(metadata: string, rootfs: string): Promise<Upload> {
  const boundary = randomUUID()
  const head = (name: string, file: string) =>
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${plain(file)}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    )
  const first = head('metadata', metadata)
  const second = Buffer.concat([Buffer.from('\r\n'), head('rootfs', rootfs)])
  const last = Buffer.from(`\r\n--${boundary}--\r\n`)
  const bytes = first.length + second.length + last.length + (await sizeOf(metadata)) + (await sizeOf(rootfs))
  async function* parts() {
    yield first
    yield* createReadStream(metadata)
    yield second
    yield* createReadStream(rootfs)
    yield last
  }
  return { type: `multipart/form-data; boundary=${boundary}`, bytes, open: () => Readable.from(parts()) }
}

/** A file's name without what would end the header that it stands in. */
function plain(file: string): string {
  return path.basename(file).replaceAll(/[^\w.-]/g, '_')
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (cause) {
    throw new LxdError('invalid', `${file} can't be read`, { doing: 'importing an image', cause })
  }
}
