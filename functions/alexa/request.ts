import * as z from 'zod'
import { ReopsError } from '../../src/core/errors.ts'
import type { Heard, Turn } from '../../src/triggers/alexa/index.ts'

/** A request that is not Alexa's for this skill, is too old, or was answered before. Nothing is done and nothing is said. */
export class RequestRefused extends ReopsError {
  override readonly name = 'RequestRefused'
  override readonly slug = 'alexa-request-refused'
}

const application = z.object({ applicationId: z.string().max(300) })
const match = z.object({ value: z.object({ id: z.string().max(300).optional() }) })
const authority = z.object({
  status: z.object({ code: z.string().max(100) }),
  values: z.array(match).max(100).optional(),
})
const slot = z.object({
  value: z.string().max(2_000).optional(),
  resolutions: z.object({ resolutionsPerAuthority: z.array(authority).max(20).optional() }).optional(),
})

/** What we read of a request (Alexa Skills Kit, Request and Response JSON Reference); Alexa adds to it over the years. */
const envelopeSchema = z.object({
  context: z.object({ System: z.object({ application }) }),
  session: z
    .object({
      sessionId: z.string().max(300),
      application,
      user: z.object({ userId: z.string().max(1_000) }),
      attributes: z.object({ question: z.string().max(20_000).optional() }).nullish(),
    })
    .optional(),
  request: z.object({
    type: z.string().max(100),
    requestId: z.string().min(1).max(300),
    timestamp: z.string().max(40),
    locale: z.string().max(10).default('en-US'),
    intent: z
      .object({
        name: z.string().max(100),
        slots: z
          .record(z.string().max(100), slot)
          .refine(slots => Object.keys(slots).length <= 50)
          .nullish(),
      })
      .optional(),
  }),
})

export type Envelope = z.output<typeof envelopeSchema>

/** Reads a request for the skill of this id. Throws `RequestRefused`. */
export function readRequest(event: unknown, skillId: string): Envelope {
  const parsed = envelopeSchema.safeParse(event)
  if (!parsed.success) throw new RequestRefused('this is no request of Alexa')
  const { context, session } = parsed.data
  const ids = [context.System.application.applicationId, session?.application.applicationId ?? skillId]
  if (ids.some(id => id !== skillId))
    throw new RequestRefused('the request is for another skill than aws.alexa.skillId names')
  return parsed.data
}

/** What was said; nothing for requests that nobody says, such as the end of a session. */
export function turnOf({ request, session }: Envelope): Turn | undefined {
  const { type, intent, locale, timestamp } = request
  if (
    session === undefined ||
    (type !== 'LaunchRequest' && (type !== 'IntentRequest' || intent === undefined))
  )
    return undefined
  return {
    kind: type === 'LaunchRequest' ? 'launch' : 'intent',
    intent: intent?.name ?? '',
    heard: heardIn(intent?.slots ?? {}),
    locale,
    at: Date.parse(timestamp),
    session: `${session.sessionId} ${session.user.userId}`,
    sealed: session.attributes?.question,
  }
}

function heardIn(slots: Readonly<Record<string, z.output<typeof slot>>>): Readonly<Record<string, Heard>> {
  return Object.fromEntries(
    Object.entries(slots).flatMap(([name, { value, resolutions }]) => {
      if (value === undefined) return []
      const matched = (resolutions?.resolutionsPerAuthority ?? []).filter(
        ({ status }) => status.code === 'ER_SUCCESS_MATCH',
      )
      const ids = matched.flatMap(({ values = [] }) => values.flatMap(one => one.value.id ?? []))
      return [[name, { value, ids: [...new Set(ids)] }]]
    }),
  )
}
