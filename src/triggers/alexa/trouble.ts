import type { Voice } from '../../core/voice.ts'
import { wordsIn } from './model.ts'
import { phrasesIn } from './phrases.ts'
import { spokenOf } from './spoken.ts'

/**
 * Whether a skill says by this that what was asked for was not done, or not everywhere. It is told by its own sentences: what
 * a pipeline says by itself is taken as it is.
 */
export function saysTrouble(speech: string, voice: Voice, locale: string): boolean {
  const phrases = phrasesIn(locale)
  const what = spokenOf(voice, wordsIn(voice, locale))
  const { notDeployed, busy, denied, unreachable, brokeDown, leftAlone, tooLate, cannotAsk } = phrases
  return (
    [
      ...[notDeployed, busy, denied, unreachable, brokeDown, leftAlone, tooLate, cannotAsk],
      ...[phrases.failed(what), phrases.tookTooLong(what), phrases.wasStopped(what)],
    ].includes(speech) || speech.replaceAll(/\d+/g, '0') === phrases.failedFor(0, 0)
  )
}
