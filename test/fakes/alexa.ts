import { randomUUID } from 'node:crypto'

/** A response that Alexa took. */
export interface Answered {
  /** Without its markup. */
  readonly speech: string | undefined
  readonly reprompt: string | undefined
  /** The slot that is asked for. */
  readonly slot: string | undefined
  readonly over: boolean
}

/** What is heard for a slot: a text, or a value of a type of the model by its id. */
export type Spoken = string | { readonly said: string; readonly ids: readonly string[] }

export interface AlexaOptions {
  readonly skillId: string
  readonly locale?: string
  /** Answers an event; throws what the function failed by. */
  readonly invoke: (event: unknown) => Promise<unknown>
}

export interface Alexa {
  launch(): Promise<Answered>
  /** Something that the model takes for this intent. */
  say(intent: string, slots?: Readonly<Record<string, Spoken>>): Promise<Answered>
  /** The session ends without a word. */
  leave(): Promise<Answered>
  /** Begins another session. */
  anew(): void
  /** The last event that was sent, to be sent again or changed. */
  readonly last: any
  /** Sends an event as it is, outside of the session. */
  send(event: unknown): Promise<Answered>
}

/** Characters of speech, and bytes of a whole response (Alexa Skills Kit, Request and Response JSON Reference). */
const limits = { speech: 8_000, response: 120 * 1_024, attributes: 24 * 1_024 }

/**
 * Alexa's cloud for one Echo: sends requests in the documented shape, keeps the session with its attributes, and takes only
 * responses within the documented limits.
 */
export function fakeAlexa({ skillId, locale = 'en-US', invoke }: AlexaOptions): Alexa {
  const user = { userId: `amzn1.ask.account.${randomUUID()}` }
  let session: { id: string; isNew: boolean; attributes: unknown } | undefined
  let last: any

  const eventOf = (request: object): unknown => {
    session ??= { id: `amzn1.echo-api.session.${randomUUID()}`, isNew: true, attributes: {} }
    const application = { applicationId: skillId }
    return {
      version: '1.0',
      session: {
        new: session.isNew,
        sessionId: session.id,
        application,
        attributes: session.attributes,
        user,
      },
      context: {
        System: {
          application,
          user,
          device: { deviceId: 'amzn1.ask.device.A', supportedInterfaces: {} },
          apiEndpoint: 'https://api.amazonalexa.com',
          apiAccessToken: 'token',
        },
      },
      request: {
        requestId: `amzn1.echo-api.request.${randomUUID()}`,
        timestamp: new Date().toISOString().replace(/\.\d+/, ''),
        locale,
        ...request,
      },
    }
  }

  const ask = async (request: object): Promise<Answered> => {
    last = eventOf(request)
    const response = (await invoke(last)) as any
    const answered = check(response)
    session = answered.over
      ? undefined
      : { id: session!.id, isNew: false, attributes: response.sessionAttributes ?? {} }
    return answered
  }

  return {
    launch: () => ask({ type: 'LaunchRequest', shouldLinkResultBeReturned: false }),
    say: (name, slots = {}) =>
      ask({
        type: 'IntentRequest',
        dialogState: 'STARTED',
        intent: {
          name,
          confirmationStatus: 'NONE',
          slots: Object.fromEntries(Object.entries(slots).map(([key, one]) => [key, slotOf(key, one)])),
        },
      }),
    leave: () => ask({ type: 'SessionEndedRequest', reason: 'EXCEEDED_MAX_REPROMPTS' }),
    anew: () => {
      session = undefined
    },
    get last() {
      return last
    },
    send: async event => check(await invoke(event)),
  }
}

function slotOf(name: string, spoken: Spoken): object {
  const slot = { name, confirmationStatus: 'NONE', source: 'USER' }
  if (typeof spoken === 'string') return spoken === '' ? slot : { ...slot, value: spoken }
  const { said, ids } = spoken
  return {
    ...slot,
    value: said,
    resolutions: {
      resolutionsPerAuthority: [
        {
          authority: `amzn1.er-authority.echo-sdk.skill.${name}`,
          status: { code: ids.length === 0 ? 'ER_SUCCESS_NO_MATCH' : 'ER_SUCCESS_MATCH' },
          ...(ids.length === 0 ? {} : { values: ids.map(id => ({ value: { name: id, id } })) }),
        },
      ],
    },
  }
}

/** Throws for a response that Alexa would refuse: whoever spoke would hear that something went wrong. */
function check(response: any): Answered {
  const refuse = (why: string) => {
    throw new Error(`Alexa refuses the response: ${why}: ${JSON.stringify(response).slice(0, 500)}`)
  }
  if (response?.version !== '1.0' || typeof response.response !== 'object') refuse('its version or body')
  if (Buffer.byteLength(JSON.stringify(response)) > limits.response) refuse('its size')
  if (Buffer.byteLength(JSON.stringify(response.sessionAttributes ?? {})) > limits.attributes)
    refuse('its attributes')
  const { outputSpeech, reprompt, directives = [], shouldEndSession = true } = response.response
  const speech = textOf(outputSpeech, refuse)
  const again = textOf(reprompt?.outputSpeech, refuse)
  if (shouldEndSession && reprompt !== undefined) refuse('it asks, and ends the session')
  const elicit = directives.find((one: any) => one.type === 'Dialog.ElicitSlot')
  if (elicit !== undefined && (shouldEndSession || speech === undefined))
    refuse('it asks for a slot in no session')
  return { speech, reprompt: again, slot: elicit?.slotToElicit, over: shouldEndSession }
}

function textOf(speech: any, refuse: (why: string) => void): string | undefined {
  if (speech === undefined) return undefined
  if (speech.type !== 'SSML' || typeof speech.ssml !== 'string') return refuse('its speech') as undefined
  if (speech.ssml.length > limits.speech) refuse('the length of its speech')
  const [, inner = ''] = /^<speak>([\s\S]*)<\/speak>$/.exec(speech.ssml) ?? []
  if (inner === '' || /[<>]|&(?!(?:amp|lt|gt|quot|apos);)/.test(inner)) refuse('the markup of its speech')
  const signs: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return inner.replaceAll(/&(\w+);/g, (_, name: string) => signs[name]!)
}
