/** What Alexa takes as the name of an intent, of a slot, or of a type: letters, and underscores between them. */
export const plainName = /^[A-Za-z]+(?:_[A-Za-z]+)*$/

/** The characters of such a name that we let it have; a type's name is made of two of them. */
export const longestName = 60

/**
 * The name of the intent of an utterance: its words with capitals, without accents; nothing where it has no Latin letters.
 *
 * @example
 * intentName('plex on') // 'PlexOn'
 */
export function intentName(utterance: string): string {
  return utterance
    .replaceAll(/\{[^}]*\}/g, ' ')
    .normalize('NFD')
    .replaceAll(/[\p{M}'’]/gu, '')
    .split(/[^A-Za-z]+/)
    .map(word => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('')
    .slice(0, longestName)
}

const articles = ['a', 'an', 'the', 'der', 'die', 'das', 'ein', 'eine', 'le', 'la', 'les', 'un', 'une', 'el']
const prepositions = ['for', 'to', 'of', 'in', 'on', 'at', 'by', 'with', 'from', 'about', 'up']
const wakeWords = ['alexa', 'amazon', 'echo', 'computer', 'skill', 'app', 'ziggy']
const launchWords = [
  ...['run', 'start', 'play', 'resume', 'use', 'launch', 'ask', 'open', 'tell', 'load', 'begin', 'enable'],
  ...['to', 'from', 'in', 'using', 'with', 'about', 'for', 'that', 'by', 'if', 'and', 'whether'],
]

/**
 * Why Alexa would refuse to have a skill called so; nothing where it would not. Its rules: 2 to 50 characters, small
 * letters, two words at least, none of them what wakes an Echo or starts a skill.
 *
 * @example
 * invocationProblem('open sesame') // '"open" is a word by which skills are started'
 */
export function invocationProblem(name: string): string | undefined {
  if (name.length < 2 || name.length > 50) return 'it has 2 to 50 characters'
  if (/\d/.test(name)) return 'numbers are written as words'
  if (!/^[\p{Ll}\p{Lo}\p{M}'’.-]+(?: [\p{Ll}\p{Lo}\p{M}'’.-]+)*$/u.test(name))
    return 'it has small letters, apostrophes and periods, with one space between words'
  const words = name.split(' ')
  const wake = words.find(word => wakeWords.includes(word))
  if (wake !== undefined) return `"${wake}" wakes an Echo, or is kept for Amazon`
  const launch = words.find(word => launchWords.includes(word))
  if (launch !== undefined) return `"${launch}" is a word by which skills are started`
  if (words.length === 1 && /^\p{Script=Latin}/u.test(name)) return 'it has two words at least'
  if (words.length === 2 && words.some(word => [...articles, ...prepositions].includes(word)))
    return 'of two words none is an article or a preposition'
  return undefined
}
