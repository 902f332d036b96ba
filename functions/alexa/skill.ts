import { type CustomSkillBuilder, escapeXmlCharacters, type HandlerInput, SkillBuilders } from 'ask-sdk-core'
import type { Response } from 'ask-sdk-model'
import type { Json } from '../../src/core/json.ts'
import { converse, type Said, type SkillPorts } from '../../src/triggers/alexa/index.ts'
import { phrasesIn } from '../../src/triggers/alexa/phrases.ts'
import { log } from '../shared/log.ts'
import { type Envelope, turnOf } from './request.ts'

/** Characters of speech, its markup included, that Alexa takes, less than a hundred of them. */
const longest = 7_900

/** What one request is answered by. */
export interface Asked {
  readonly envelope: Envelope
  readonly ports: SkillPorts
}

/** The skill: what is said comes in, what is answered goes out. Nothing is thrown at whoever speaks. */
export function answerBySkill(skillId: string): (event: unknown, asked: Asked) => Promise<Json> {
  const skill = (SkillBuilders.custom() as CustomSkillBuilder)
    .withSkillId(skillId)
    .addRequestHandlers({ canHandle: () => true, handle })
    .addErrorHandlers({ canHandle: () => true, handle: breakDown })
    .create()
  return async (event, asked) => {
    const answer = await skill.invoke(event as HandlerInput['requestEnvelope'], asked)
    // Fields that are undefined are not sent.
    return JSON.parse(JSON.stringify(answer)) as Json
  }
}

async function handle(input: HandlerInput): Promise<Response> {
  const { envelope, ports } = input.context as Asked
  const turn = turnOf(envelope)
  if (turn === undefined) {
    log({ message: 'nothing was said', type: envelope.request.type })
    return input.responseBuilder.getResponse()
  }
  const said = await converse(turn, ports)
  const { event, execution } = said
  log({ message: 'said', intent: turn.intent, event, execution, id: envelope.request.requestId })
  return responseOf(said, input)
}

function responseOf(
  { speech, listen, slot, sealed }: Said,
  { responseBuilder, attributesManager }: HandlerInput,
): Response {
  attributesManager.setSessionAttributes(sealed === undefined ? {} : { question: sealed })
  responseBuilder.speak(spoken(speech)).withShouldEndSession(listen === undefined)
  if (listen !== undefined) responseBuilder.reprompt(spoken(listen))
  if (slot !== undefined) responseBuilder.addElicitSlotDirective(slot)
  return responseBuilder.getResponse()
}

function breakDown({ context, responseBuilder }: HandlerInput, error: Error): Response {
  log({ level: 'error', message: 'broke down', error: error.name, what: error.message })
  const { envelope } = context as Asked
  return responseBuilder
    .speak(spoken(phrasesIn(envelope.request.locale).brokeDown))
    .withShouldEndSession(true)
    .getResponse()
}

/** Text as it stands in the markup of speech, cut where Alexa would refuse it. */
function spoken(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ')
  let kept = plain
  while (escapeXmlCharacters(kept).length > longest) kept = kept.slice(0, Math.floor(kept.length * 0.9))
  return escapeXmlCharacters(kept)
}
