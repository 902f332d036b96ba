import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ReopsError } from '../core/errors.ts'
import { neutralise } from '../operations/output/format/neutralise.ts'
import { paint } from '../operations/output/format/style.ts'
import { colorOf } from './color.ts'
import type { CommandContext } from './context.ts'

/** Errors by which a command says that it was asked for the wrong thing. */
const badUsage = new Set([
  'UsageError',
  'InvalidArguments',
  'InvalidInput',
  'InvalidConfig',
  'UnknownFlow',
  'UnknownTransport',
  'UnquotableWord',
  'CompileRefusal',
])

/**
 * Says on stderr what went wrong: the error's own sentence, and where there is one the page that says more. The stack
 * comes only with `--debug`. Answers the exit status: 2 for a wrong use, input or configuration, otherwise 1.
 */
export function reportError(error: unknown, context: CommandContext, debug = false): number {
  const style = { color: colorOf(context, context.stderr) }
  const lines = [`${paint('red', 'reops:', style)} ${neutralise(sentence(error))}`, ...page(error, context)]
  if (debug || (context.env['REOPS_DEBUG'] ?? '') !== '') lines.push(neutralise(trace(error)))
  context.stderr.write(`${lines.join('\n')}\n`)
  return statusOf(error)
}

/** The exit status for an error that ended a command. */
export function statusOf(error: unknown): number {
  if (!(error instanceof Error)) return 1
  return badUsage.has(error.name) ? 2 : 1
}

/** What an error says. One that is not ours is a defect of a flow or of reops, so its kind belongs to it. */
export function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof ReopsError || error.name === 'UsageError') return error.message
  return `${error.name}: ${error.message} (--debug shows where)`
}

function page(error: unknown, { cwd }: CommandContext): string[] {
  if (!(error instanceof ReopsError) || error.slug === undefined) return []
  const file = fileURLToPath(new URL(`../../docs/errors/${error.slug}.md`, import.meta.url))
  return existsSync(file) ? [`  see ${path.relative(cwd, file) || file}`] : []
}

function trace(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const own = error.stack ?? String(error)
  return error.cause === undefined ? own : `${own}\ncaused by ${trace(error.cause) || String(error.cause)}`
}
