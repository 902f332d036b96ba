/** The languages that custom skills can be in, as Alexa writes them. */
export const locales = [
  'ar-SA',
  'de-DE',
  'en-AU',
  'en-CA',
  'en-GB',
  'en-IN',
  'en-US',
  'es-ES',
  'es-MX',
  'es-US',
  'fr-CA',
  'fr-FR',
  'hi-IN',
  'it-IT',
  'ja-JP',
  'nl-NL',
  'pt-BR',
] as const

export type Locale = (typeof locales)[number]

/** The language of what a voice says outside of its `locales`. */
export const mainLocale = 'en-US'

/** Whether a text names a language that skills can be in. */
export function isLocale(text: string): text is Locale {
  return (locales as readonly string[]).includes(text)
}

/** Without its country: `de` of `de-DE`. */
export function languageOf(locale: string): string {
  return locale.slice(0, 2)
}

/**
 * What of several languages is nearest to one: itself, or another country's of the same language.
 *
 * @example
 * nearest('de-AT', ['en-US', 'de-DE']) // 'de-DE'
 */
export function nearest(locale: string, among: Iterable<string>): string | undefined {
  const all = [...among]
  return all.includes(locale) ? locale : all.find(one => languageOf(one) === languageOf(locale))
}
