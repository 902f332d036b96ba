/**
 * How a value or a field is said, where its author does not say it: its words with spaces.
 *
 * @example
 * inWords('bigIron-2') // 'big iron 2'
 */
export function inWords(text: string): string {
  return text
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replaceAll(/[^\p{L}\p{M}\p{N}'’.]+/gu, ' ')
    .trim()
    .toLowerCase()
}
