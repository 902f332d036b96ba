import type { FailureCode } from '../../../../core/outcome.ts'
import { SystemTrouble } from '../../../../core/systems/trouble.ts'
import type { Bounds } from '../../bounds.ts'
import { printable } from '../../printable.ts'
import { errorSchema } from './answers.ts'
import { type Question, type Reply, StrangeCertificate } from './exchange.ts'

/** Says why there is no answer. */
export function noAnswer(
  name: string,
  called: string,
  { method, path }: Question,
  error: unknown,
  { signal }: Bounds,
): SystemTrouble {
  const trouble = (code: FailureCode, words: string) =>
    new SystemTrouble(code, `${name}: ${called} ${words}`, { cause: error, detail: { method, path } })
  if (error instanceof StrangeCertificate) return trouble('host-key', error.message)
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return trouble('timeout', 'did not answer in time')
  if (signal.aborted) return trouble('cancelled', 'was not waited for: the operation was given up')
  const errno = error instanceof Error && 'code' in error ? String(error.code) : undefined
  const words = printable(error instanceof Error ? error.message : String(error))
  if (errno !== undefined) return trouble('unreachable', `can't be asked: ${words}`)
  return trouble('exception', `answered in a way that can't be used: ${words}`)
}

/** Says what an answer that is no success means. */
export function noSuccess(
  name: string,
  called: string,
  { method, path }: Question,
  { status, text }: Reply,
): SystemTrouble {
  const said = explanation(text)
  return new SystemTrouble(
    codeOf(status),
    `${name}: ${called} answers ${status} to ${method} ${path}${said ? `: ${said}` : ''}${hint(status)}`,
    { detail: { status, method, path } },
  )
}

function codeOf(status: number): FailureCode {
  if (status === 401 || status === 403) return 'auth'
  if (status === 503) return 'busy'
  return status >= 500 ? 'exception' : 'refused'
}

function hint(status: number): string {
  if (status === 401) return '. Check user and password of its power'
  if (status === 403) return '. Its user may not do this; give it the role Operator'
  return ''
}

function explanation(text: string): string {
  const parsed = errorSchema.safeParse(readJson(text))
  if (!parsed.success) return ''
  const { message, '@Message.ExtendedInfo': more = [] } = parsed.data.error
  const words = more.flatMap(one => [one.Message, one.Resolution]).filter(one => one !== undefined)
  return printable(words.length > 0 ? words.join(' ') : (message ?? '')).replace(/\.$/, '')
}

/** What is no JSON is nothing that we understand. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
