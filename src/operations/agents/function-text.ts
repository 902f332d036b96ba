import { Script } from 'node:vm'
import { InvalidArguments } from '../../core/errors.ts'
import { freeVariables } from './free-variables.ts'

/** A function's text has to fit into a state's arguments beside the argument. */
const longest = 64 * 1024

/**
 * The text of a function, as an expression. Throws `InvalidArguments` for what has no text of its own, and for a function
 * that plainly uses variables from around it: they stay here when it is sent.
 */
export function textOf(fn: (...words: any[]) => unknown): string {
  const text = Function.prototype.toString.call(fn)
  const name = fn.name ? `function ${fn.name}` : 'the function'
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text))
    throw new InvalidArguments(
      `evaluate: ${name} is bound or built in and has no text that could be sent; wrap it: x => … `,
    )
  if (/^class\b/.test(text)) throw new InvalidArguments(`evaluate: ${name} is a class; give a function`)
  if (text.length > longest)
    throw new InvalidArguments(
      `evaluate: ${name} has ${text.length} characters, and ${longest} is the most; put it into a file and use agentFunction`,
    )
  const expression = [text, `({ ${text} })[${JSON.stringify(fn.name)}]`].find(compiles)
  if (expression === undefined)
    throw new InvalidArguments(`evaluate: the text of ${name} can't be read by itself; write it as x => …`)
  const free = freeVariables(text)
  if (free.length === 0) return expression
  throw new InvalidArguments(
    `evaluate: ${name} uses ${free.join(', ')} from around it, which stays here when it is sent; hand ${free.length > 1 ? 'them' : 'it'} over as the argument, import inside of it (await import('node:os')), or use agentFunction(import.meta.url, '…')`,
    { detail: { free } },
  )
}

/** Compiling executes nothing. */
function compiles(text: string): boolean {
  try {
    new Script(`(${text})`)
    return true
  } catch {
    return false
  }
}
