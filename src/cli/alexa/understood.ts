import { isLocale } from '../../core/voice/locale.ts'
import type { Voice } from '../../core/voice.ts'
import type { voicesIn } from '../../run/voices-in.ts'
import { matchWords } from '../../triggers/alexa/index.ts'
import type { Args } from '../command.ts'
import { text } from '../parse.ts'
import { UsageError } from '../usage-error.ts'
import { slotsOf } from './slots.ts'

interface Understood extends NonNullable<ReturnType<typeof matchWords>> {
  readonly voice: Voice
  readonly locale: string
}

/** The voice that words are meant for, as Alexa would find it, and what is heard for its slots. Throws `UsageError`. */
export function understoodBy(voices: ReturnType<typeof voicesIn>, args: Args, words: string): Understood {
  if (text(args, 'out') !== undefined) throw new UsageError('--out belongs to reops alexa model')
  const locale = text(args, 'locale') ?? 'en-US'
  if (!isLocale(locale)) throw new UsageError(`Alexa speaks no ${JSON.stringify(locale)}`)
  const all = [...voices.values()].map(({ voice }) => voice)
  const found = matchWords(all, words, locale, slotsOf(args))
  if (found !== undefined) return { ...found, locale }
  throw new UsageError(
    `no voice is heard by ${JSON.stringify(words)}; there are ${all.map(({ utterance }) => JSON.stringify(utterance)).join(', ')}`,
  )
}
