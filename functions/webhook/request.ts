import * as z from 'zod'
import { type HookRequest, mostBytes } from '../../src/triggers/webhook/request.ts'

/**
 * What we read of a request to a function URL (Lambda, payload format 2.0). Lambda itself takes no more than 6 MB, and
 * writes in base64 what is no text.
 */
const eventSchema = z.object({
  rawPath: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
})

/** Such a request and its path; nothing where it is none. */
export function readRequest(event: unknown): (HookRequest & { readonly path: string }) | undefined {
  const parsed = eventSchema.safeParse(event)
  if (!parsed.success) return undefined
  const { rawPath: path, headers, body = '', isBase64Encoded, requestContext } = parsed.data
  return {
    path,
    method: requestContext.http.method,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const),
    ),
    body: async () => {
      // What is too large is not made larger.
      if (body.length > 2 * mostBytes) return undefined
      const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
      return bytes.length > mostBytes ? undefined : bytes
    },
  }
}
