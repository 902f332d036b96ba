import { neutralise } from '../../operations/output/format/neutralise.ts'
import type { Aws } from '../../run/aws/clients.ts'
import { FunctionFailed } from '../../run/aws/errors.ts'
import { invokeFunction } from '../../run/aws/invoke.ts'
import {
  type Heard,
  intentRequest,
  newSession,
  readAnswer,
  type Session,
  type SkillAnswer,
  saysTrouble,
} from '../../triggers/alexa/index.ts'
import { withAws } from '../cloud/open.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { askConsent } from '../session/consent.ts'
import { UsageError } from '../usage-error.ts'
import { understoodBy } from './understood.ts'
import { voicesOf } from './voices.ts'

/**
 * Sends words to the deployed skill as Alexa would, and says what it answers. Exits with 1 where it was not done: the skill
 * says so, or asks for more.
 */
export function sayInCloud(context: CommandContext, args: Args, words: string): Promise<number> {
  return withAws(context, args, async ({ aws, loaded }) => {
    const { voice, heard, locale } = understoodBy(await voicesOf(loaded), args, words)
    const skillId = aws.settings.alexa?.skillId
    if (skillId === undefined)
      throw new UsageError(
        'the configuration names no skill: set aws.alexa.skillId in reops.config.ts to the id that the developer console shows, and deploy it',
      )
    const answers: SkillAnswer[] = []
    const ask = async (intent: string, slots: Readonly<Record<string, Heard>>, session: Session) => {
      const answer = await askSkill(aws, { skillId, locale, intent, heard: slots, session, at: Date.now() })
      answers.push(answer)
      if (!given(args, 'json')) context.stdout.write(`${neutralise(answer.speech ?? '')}\n`)
      return answer
    }
    let last = await ask(voice.intent, heard, newSession())
    if (last.session.attributes.question !== undefined) {
      const yes = given(args, 'yes') || (await askConsent(context, `start ${voice.utterance}`))
      last = await ask(yes ? 'AMAZON.YesIntent' : 'AMAZON.NoIntent', {}, last.session)
    }
    const done = last.over && !saysTrouble(last.speech ?? '', voice, locale)
    if (given(args, 'json')) {
      const said = answers.map(({ session: _session, ...answer }) => answer)
      const document = { utterance: words, intent: voice.intent, locale, answers: said, done }
      context.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
    }
    return done ? 0 : 1
  })
}

async function askSkill(aws: Aws, request: Parameters<typeof intentRequest>[0]): Promise<SkillAnswer> {
  const name = `${aws.settings.stack}-alexa`
  const answer = readAnswer(await invokeFunction(aws, name, intentRequest(request)), request.session)
  if (answer !== undefined) return answer
  throw new FunctionFailed(`the function ${name} answers what Alexa would not take: deploy it again`, {
    detail: { function: name, error: 'Unreadable' },
  })
}
