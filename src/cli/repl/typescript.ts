import { stripTypeScriptTypes } from 'node:module'

/** What became of typed text: JavaScript of the same shape, or the error that stopped it and whether more text could mend it. */
export type Stripped =
  | { readonly code: string }
  | { readonly error: SyntaxError; readonly incomplete: boolean }

/**
 * Takes the types out of TypeScript and leaves everything else where it stands, so that positions in errors stay
 * right.
 *
 * @example
 * stripTypes('const n: number = 1') // { code: 'const n         = 1' }
 */
export function stripTypes(text: string): Stripped {
  try {
    return { code: stripObject(text) ?? stripTypeScriptTypes(text) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { error: readable(error, text), incomplete: endsTooEarly(error, text) }
  }
}

/** A line that begins with a brace is an object where it can be one, as in Node's own prompt. */
function stripObject(text: string): string | undefined {
  if (!/^\s*\{/.test(text) || /;\s*$/.test(text)) return undefined
  try {
    return stripTypeScriptTypes(`(${text})`).slice(1, -1)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Where something is wrong a caret points at it; at the end of the text there is nothing to point at. */
function endsTooEarly(error: SyntaxError, text: string): boolean {
  if (isUnsupported(error)) return false
  if (/^Unterminated (template|block comment)/.test(error.message)) return true
  if (error.message.startsWith('Unterminated string')) return /\\\r?\n?$/.test(text)
  return !/^\s*\^+\s*$/m.test(error.stack ?? '')
}

/** The lines that show the place, and the sentence without our own stack. */
function readable(error: SyntaxError, text: string): SyntaxError {
  const [place = ''] = (error.stack ?? '').split(/^SyntaxError/m)
  const line = text.trimEnd().includes('\n') ? 'line $1\n' : ''
  const advice = isUnsupported(error)
    ? '; types are taken out and nothing is compiled, so write it as JavaScript'
    : ''
  const shown = new SyntaxError(`${error.message}${advice}`)
  shown.stack = `${place.replace(/^:(\d+)\n/, line).trimEnd()}\n\nSyntaxError: ${shown.message}\n`
  return shown
}

function isUnsupported(error: SyntaxError): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
}

/** Node warns once that stripping is experimental; whoever sits at the prompt can do nothing about it. */
function warmUp(): void {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    stripTypeScriptTypes('')
  } finally {
    process.emitWarning = emitWarning
  }
}
warmUp()
