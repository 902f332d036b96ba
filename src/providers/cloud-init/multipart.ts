import { createHash } from 'node:crypto'

/** One part of a message of several. A part that has headers of its own is `raw`. */
export type Part =
  | {
      readonly type: string
      readonly name: string
      readonly content: string
      readonly headers?: Readonly<Record<string, string>> | undefined
    }
  | { readonly raw: string }

const lineLength = 76

/**
 * Writes parts as a MIME message, which is how cloud-init takes user data of several kinds. Contents are
 * base64, so that no text can be mistaken for a boundary or for a header.
 */
export function multipart(parts: readonly Part[]): string {
  const bodies = parts.map(part => ('raw' in part ? part.raw : written(part)))
  // Made of what it separates, it is always the same for the same parts, and can't stand in one of them.
  const boundary = `reops_${createHash('sha256').update(bodies.join('\0')).digest('hex').slice(0, 40)}`
  return [
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    'MIME-Version: 1.0',
    '',
    ...bodies.flatMap(body => [`--${boundary}`, body]),
    `--${boundary}--`,
    '',
  ].join('\n')
}

function written({ type, name, content, headers = {} }: Exclude<Part, { raw: string }>): string {
  const encoded = Buffer.from(content, 'utf8').toString('base64')
  return [
    `Content-Type: ${type}; charset="utf-8"`,
    'MIME-Version: 1.0',
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; filename="${name}"`,
    ...Object.entries(headers).map(([key, value]) => `${key}: ${value}`),
    '',
    ...(encoded.match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? []),
  ].join('\n')
}
