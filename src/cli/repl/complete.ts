import type { AsyncCompleter } from 'node:readline'
import type { REPLServer } from 'node:repl'

/** What is offered, and the part of the line that it completes. */
type Completion = readonly [readonly string[], string]

/** The names that a prompt completes besides what Node finds by itself. */
export interface Completed {
  readonly hosts: readonly string[]
  /** The hostnames of the systems that there are at this moment. */
  readonly systems: () => Promise<readonly string[]>
  readonly flows: readonly string[]
  /** Commands of the prompt that take an expression. */
  readonly commands: readonly string[]
}

/**
 * Offers names of hosts and systems inside a string and of flows behind `.plan` and `.compile`; what else is typed is completed by
 * Node, which knows globals and members.
 */
export function teachCompletion(server: REPLServer, names: Completed): void {
  const completeNode = server.completer.bind(server) as AsyncCompleter
  const complete = (line: string, answer: (error: Error | null, completion?: Completion) => void) => {
    const open = openName(line)
    const rest = () => {
      const own = completeFlow(line, names)
      if (own) answer(null, own)
      else completeNode(expressionIn(line, names), answer as Parameters<AsyncCompleter>[1])
    }
    if (open === undefined) return rest()
    namesLike(open, names).then(
      fitting => (fitting.length > 0 ? answer(null, [fitting, open]) : rest()),
      // Whoever presses Tab is told of no trouble of a store; the next step that needs it says what it is.
      rest,
    )
  }
  Object.assign(server, { completer: complete })
}

/** The part of a name behind an open quote. What is imported is a module and no host. */
function openName(line: string): string | undefined {
  const open = openString(line)
  const imported =
    open !== undefined && /\b(?:import|require)\s*\(\s*.$/.test(line.slice(0, line.length - open.length))
  return imported ? undefined : open
}

async function namesLike(open: string, { hosts, systems }: Completed): Promise<string[]> {
  const all = new Set([...hosts, ...(await systems())])
  return [...all].filter(name => name.startsWith(open))
}

/** What stands behind the last quote that has not been closed. */
function openString(line: string): string | undefined {
  let quote: string | undefined
  let start = 0
  for (let index = 0; index < line.length; index++) {
    const character = line[index]!
    if (character === '\\') index++
    else if (quote === undefined && /['"`]/.test(character)) {
      quote = character
      start = index + 1
    } else if (character === quote) quote = undefined
  }
  return quote === undefined ? undefined : line.slice(start)
}

function completeFlow(line: string, { flows, commands }: Completed): Completion | undefined {
  const [, command, word] = /^\s*\.(\w+)\s+([\w$]*)$/.exec(line) ?? []
  if (command === undefined || word === undefined || !commands.includes(command)) return undefined
  const fitting = flows.filter(flow => flow.startsWith(word))
  return fitting.length > 0 ? [fitting, word] : undefined
}

/** What stands behind a command is completed as if it stood alone. */
function expressionIn(line: string, { commands }: Completed): string {
  const [, command, expression] = /^\s*\.(\w+)\s+(.*)$/.exec(line) ?? []
  return command !== undefined && commands.includes(command) ? expression! : line
}
