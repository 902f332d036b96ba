import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { Json } from '../../core/json.ts'
import type { Heard } from './heard.ts'

/** A conversation as Alexa holds it, to be sent with each request. */
export interface Session {
  readonly id: string
  readonly user: string
  readonly isNew: boolean
  /** What the skill asked Alexa to send back. */
  readonly attributes: Readonly<Record<string, Json>>
}

/** What is asked of a skill. */
export interface IntentRequest {
  readonly skillId: string
  readonly locale: string
  readonly intent: string
  readonly heard: Readonly<Record<string, Heard>>
  readonly session: Session
  /** When it was said, in milliseconds since the epoch. */
  readonly at: number
}

/** What a skill answered. */
export interface SkillAnswer {
  /** Without its markup; nothing where it says nothing. */
  readonly speech?: string
  readonly reprompt?: string
  /** The slot that it asks for. */
  readonly slot?: string
  /** Whether it has done with the conversation. */
  readonly over: boolean
  readonly session: Session
}

/** A conversation that begins. */
export function newSession(): Session {
  return {
    id: `amzn1.echo-api.session.${randomUUID()}`,
    user: `amzn1.ask.account.reops-${randomUUID()}`,
    isNew: true,
    attributes: {},
  }
}

/**
 * The request that Alexa would send (Alexa Skills Kit, Request and Response JSON Reference): of this moment, with an id of its
 * own.
 */
export function intentRequest({ skillId, locale, intent, heard, session, at }: IntentRequest): Json {
  const application = { applicationId: skillId }
  const user = { userId: session.user }
  const device = { deviceId: 'amzn1.ask.device.reops', supportedInterfaces: {} }
  return {
    version: '1.0',
    session: {
      new: session.isNew,
      sessionId: session.id,
      application,
      attributes: session.attributes,
      user,
    },
    context: { System: { application, user, device, apiEndpoint: 'https://api.amazonalexa.com' } },
    request: {
      type: 'IntentRequest',
      requestId: `amzn1.echo-api.request.${randomUUID()}`,
      // Alexa tells whole seconds.
      timestamp: new Date(at).toISOString().replace(/\.\d+/, ''),
      locale,
      dialogState: 'STARTED',
      intent: {
        name: intent,
        confirmationStatus: 'NONE',
        slots: Object.fromEntries(
          Object.entries(heard).map(([name, one]) => [name, slotOf(name, one, skillId)]),
        ),
      },
    },
  }
}

const speechSchema = z.object({
  ssml: z.string().max(10_000).optional(),
  text: z.string().max(10_000).optional(),
})
const answerSchema = z.object({
  sessionAttributes: z.record(z.string(), z.json()).nullish(),
  response: z.object({
    outputSpeech: speechSchema.nullish(),
    reprompt: z.object({ outputSpeech: speechSchema }).nullish(),
    directives: z.array(z.object({ type: z.string(), slotToElicit: z.string().optional() })).nullish(),
    shouldEndSession: z.boolean().default(true),
  }),
})

/** Reads what a skill answered; nothing where it is no answer. */
export function readAnswer(answer: unknown, session: Session): SkillAnswer | undefined {
  const parsed = answerSchema.safeParse(answer)
  if (!parsed.success) return undefined
  const { outputSpeech, reprompt, directives, shouldEndSession } = parsed.data.response
  const speech = textOf(outputSpeech)
  const again = textOf(reprompt?.outputSpeech)
  const slot = directives?.find(({ type }) => type === 'Dialog.ElicitSlot')?.slotToElicit
  const attributes = (parsed.data.sessionAttributes ?? {}) as Session['attributes']
  return {
    ...(speech === undefined ? {} : { speech }),
    ...(again === undefined ? {} : { reprompt: again }),
    ...(slot === undefined ? {} : { slot }),
    over: shouldEndSession,
    session: { ...session, isNew: false, attributes },
  }
}

function slotOf(name: string, { value, ids }: Heard, skillId: string): Json {
  const slot = { name, value, confirmationStatus: 'NONE', source: 'USER' }
  if (ids.length === 0) return slot
  const resolved = {
    authority: `amzn1.er-authority.echo-sdk.${skillId}.${name}`,
    status: { code: 'ER_SUCCESS_MATCH' },
    values: ids.map(id => ({ value: { name: id, id } })),
  }
  return { ...slot, resolutions: { resolutionsPerAuthority: [resolved] } }
}

const signs: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Speech without its markup. */
function textOf(speech: z.output<typeof speechSchema> | null | undefined): string | undefined {
  const { ssml, text } = speech ?? {}
  if (ssml === undefined) return text
  return ssml
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => signs[name]!)
}
