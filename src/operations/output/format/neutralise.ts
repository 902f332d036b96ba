/** C0 and C1 controls, direction overrides and line separators: what can drive a terminal or mislead its reader. */
const active =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g

/** What most names and words are made of, and what nothing has to be done about. */
const plain = /^[\u0020-\u007e]*$/

/**
 * Makes what a host said safe to print: control characters become visible pictures (`␛` for escape), so that a host
 * can't move the cursor, recolour, retitle or answer for the user. Line ends and tabs stay.
 *
 * @example
 * neutralise('\u001b[2J') // '␛[2J'
 */
export function neutralise(text: string): string {
  return text.toWellFormed().replaceAll('\r\n', '\n').replace(active, picture)
}

/** The same for what has to stay on one line, such as a message or a name. */
export function neutraliseLine(text: string): string {
  if (plain.test(text)) return text
  return neutralise(text).replace(/[\n\t]/g, control => (control === '\n' ? '↵' : ' '))
}

function picture(character: string): string {
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return '␡'
  return `<${code.toString(16).padStart(4, '0')}>`
}
