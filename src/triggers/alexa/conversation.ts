import type { Json } from '../../core/json.ts'
import { utteranceKeys } from '../../core/utterance.ts'
import type { Voice } from '../../core/voice.ts'
import { conclude } from './conclude.ts'
import { understand } from './heard.ts'
import { deviceWord, voiceKeys } from './key.ts'
import { wordsIn } from './model.ts'
import { type Phrases, phrasesIn } from './phrases.ts'
import { type NamedVoice, NotStarted, type Said, type SkillPorts, type Start, type Turn } from './ports.ts'
import { seal, unseal } from './seal.ts'
import { spokenOf } from './spoken.ts'

/**
 * Answers what is said to the skill: asks for what is missing and before what is dangerous, starts the flow, and says how it
 * ended or that it goes on. Rejects with what the ports throw besides `NotStarted`.
 */
export async function converse(turn: Turn, ports: SkillPorts): Promise<Said> {
  const phrases = phrasesIn(turn.locale)
  const listening = (speech: string, event: string): Said => ({ speech, listen: phrases.nothingElse, event })
  if (turn.kind === 'launch') return listening(phrases.welcome, 'launch')
  switch (turn.intent) {
    case 'AMAZON.HelpIntent':
      return listening(phrases.help(examples(ports, turn.locale)), 'help')
    case 'AMAZON.FallbackIntent':
      return listening(`${phrases.notUnderstood} ${phrases.help(examples(ports, turn.locale))}`, 'fallback')
    case 'AMAZON.StopIntent':
    case 'AMAZON.CancelIntent':
    case 'AMAZON.NavigateHomeIntent':
      return { speech: phrases.goodbye, event: 'stop' }
    case 'AMAZON.NoIntent':
      return turn.sealed === undefined
        ? listening(phrases.nothingAsked, 'no')
        : { speech: phrases.leftAlone, event: 'no' }
    case 'AMAZON.YesIntent':
      return confirmed(turn, ports, phrases)
    default:
      return asked(turn, ports, phrases)
  }
}

async function asked(turn: Turn, ports: SkillPorts, phrases: Phrases): Promise<Said> {
  const named = ports.voices.get(turn.intent)
  // The model that Alexa has is older or newer than what is deployed.
  if (named === undefined)
    return { speech: phrases.notUnderstood, listen: phrases.nothingElse, event: 'unknown intent' }
  const understood = understand(named.voice, turn.heard, turn.locale)
  if ('broken' in understood) return { speech: phrases.brokeDown, event: `input: ${understood.broken}` }
  if ('slot' in understood)
    return {
      speech: understood.say,
      listen: understood.say,
      slot: understood.slot,
      event: 'asked for a slot',
    }
  const { input } = understood
  if (named.voice.dangerous === false) return start(named, input, turn.at, turn, ports, phrases)
  const key = await ports.key()
  if (key === undefined) return { speech: phrases.cannotAsk, event: 'no key' }
  const { intent, dangerous, flow } = named.voice
  return {
    speech: typeof dangerous === 'string' ? dangerous : phrases.plan(ports.plan(flow, input)),
    listen: phrases.sayYes,
    sealed: seal({ intent, input, at: turn.at }, turn.session, key),
    event: 'asked back',
  }
}

async function confirmed(turn: Turn, ports: SkillPorts, phrases: Phrases): Promise<Said> {
  const { sealed, session } = turn
  if (sealed === undefined) return { speech: phrases.nothingAsked, listen: phrases.nothingElse, event: 'yes' }
  const key = await ports.key()
  if (key === undefined) return { speech: phrases.cannotAsk, event: 'no key' }
  const question = unseal(sealed, { session, key, now: ports.now() })
  if (question === 'forged') return { speech: phrases.brokeDown, event: 'forged question' }
  const named = question === 'expired' ? undefined : ports.voices.get(question.intent)
  if (question === 'expired' || named === undefined)
    return { speech: phrases.tooLate, event: 'expired question' }
  return start(named, question.input, question.at, turn, ports, phrases)
}

async function start(
  { voice, flow }: NamedVoice,
  input: Json,
  at: number,
  { locale }: Turn,
  ports: SkillPorts,
  phrases: Phrases,
): Promise<Said> {
  let execution: string
  try {
    const names = voiceKeys(voice, input, at)
    execution = await ports.start({ flow, input, names, at, undoing: undoing(voice, at, ports) })
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error
    return { speech: phrases[error.reason], event: error.message }
  }
  const words = wordsIn(voice, locale)
  const ended = await ports.ended(execution)
  if (ended === undefined) return { speech: phrases.started, event: 'started', execution }
  const speech = conclude(ended, spokenOf(voice, words), words?.reply, phrases)
  return { speech, event: ended.status, execution }
}

function undoing(voice: Voice, at: number, ports: SkillPorts): Start['undoing'] {
  const word = deviceWord(voice)
  if (word === undefined) return []
  const names = utteranceKeys(word.device, word.state === 'on' ? 'off' : 'on', at)
  return (ports.undoing?.(word) ?? []).map(flow => ({ flow, names }))
}

/** What can be said, without slots where there is such. */
function examples({ voices }: SkillPorts, locale: string): readonly string[] {
  const all = [...voices.values()].flatMap(({ voice }) => wordsIn(voice, locale)?.samples.slice(0, 1) ?? [])
  const plain = all.filter(sample => !sample.includes('{'))
  return (plain.length === 0 ? all : plain).slice(0, 5).map(sample => sample.replaceAll(/[{}]/g, ''))
}
