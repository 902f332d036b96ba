import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ExecutionFailed } from '../core/runtime.ts'
import { neutralise } from '../operations/output/format/neutralise.ts'
import { paint } from '../operations/output/format/style.ts'
import { colorOf } from './color.ts'
import type { CommandContext } from './context.ts'
import { isOnPurpose, pageOf } from './session/document.ts'

/** Errors by which a command says that it was asked for the wrong thing. */
const badUsage = new Set([
  'UsageError',
  'InvalidArguments',
  'InvalidInput',
  'InvalidSystem',
  'UnknownProvider',
  'InvalidConfig',
  'UnknownFlow',
  'UnknownTransport',
  'UnquotableWord',
  'CompileRefusal',
  'AmbiguousName',
  'UnknownExecution',
  'WrongStatus',
  'ExecutionNameTaken',
  'DatabaseNewer',
  'DumpForeign',
  'DumpNewer',
  'InvalidDump',
])

/** Errors whose message is for a person, besides those that were thrown on purpose. */
const told = new Set(['UsageError', 'SystemTrouble', 'HostTrouble'])

/**
 * Says on stderr what went wrong: the error's own sentence, and where there is one the page that says more. The stack
 * comes only with `--debug`. Answers the exit status: 2 for a wrong use, input or configuration, otherwise 1.
 */
export function reportError(error: unknown, context: CommandContext, debug = false): number {
  const style = { color: colorOf(context, context.stderr) }
  const lines = [
    `${paint('red', 'reops:', style)} ${neutralise(sentence(error))}`,
    ...pointer(error, context),
  ]
  if (debug || (context.env.REOPS_DEBUG ?? '') !== '') lines.push(neutralise(trace(error)))
  context.stderr.write(`${lines.join('\n')}\n`)
  return statusOf(error)
}

/** The exit status for an error that ended a command. A wrong configuration may only show when a host is reached. */
export function statusOf(error: unknown): number {
  if (!(error instanceof Error)) return 1
  if (error instanceof ExecutionFailed) return statusOf(error.cause)
  return badUsage.has(error.name) ? 2 : 1
}

/** What an error says. One that is not ours is a defect of a flow or of reops, so its kind belongs to it. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (isOnPurpose(error) || told.has(error.name)) return error.message
  return `${error.name}: ${error.message} (--debug shows where)`
}

function pointer(error: unknown, { cwd }: CommandContext): string[] {
  const page = pageOf(error)
  if (page === undefined) return []
  const file = fileURLToPath(new URL(`../../${page}`, import.meta.url))
  if (!existsSync(file)) return []
  const near = path.relative(cwd, file)
  return [`  see ${near.startsWith('..') ? file : near}`]
}

function trace(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error.stack ?? String(error)
  return error.cause === undefined ? own : `${own}\ncaused by ${trace(error.cause)}`
}
