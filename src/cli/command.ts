import type { ParseArgsOptionDescriptor } from 'node:util'
import type { CommandContext } from './context.ts'

/** A flag: what `parseArgs` needs of it, and its line in the help. */
export interface Flag extends ParseArgsOptionDescriptor {
  /** What stands for its value in the help, such as `<file>`. */
  readonly value?: string
  readonly about: string
}

export type Flags = Readonly<Record<string, Flag>>

/** What was written on the command line: flags by name, and the words between and after them. */
export interface Args {
  readonly flags: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>
  readonly words: readonly string[]
  /** Everything after `--`; absent where there is no `--`. */
  readonly rest: readonly string[] | undefined
}

/** How a command is used: a line for each way, and examples that can be pasted. */
export interface Usage {
  readonly ways: readonly string[]
  readonly about?: string
  readonly examples: readonly string[]
}

/** A command: a module of its own, loaded when it is called. `run` answers the exit status. */
export interface Command {
  readonly usage: Usage
  readonly options: Flags
  run(context: CommandContext, args: Args): Promise<number>
}
