import type { CommandContext, Output } from './context.ts'

/** Decides for a whole command that there are no colours: `--no-color`, or `--json`. */
export function withoutColor(context: CommandContext): CommandContext {
  return { ...context, env: { ...context.env, NO_COLOR: '1', FORCE_COLOR: undefined } }
}

/** Whether a stream gets colours: NO_COLOR and FORCE_COLOR decide, and otherwise whether it is a terminal. */
export function colorOf({ env }: Pick<CommandContext, 'env'>, stream: Output): boolean {
  if ((env.NO_COLOR ?? '') !== '') return false
  const force = env.FORCE_COLOR
  if (force !== undefined) return force !== '0' && force !== 'false'
  return stream.isTTY === true && env.TERM !== 'dumb'
}
