import { clearScreenDown, cursorTo } from 'node:readline'
import type { OutputPort } from '../../core/context.ts'
import type { CommandContext } from '../context.ts'
import { openPrinter } from '../session/printer.ts'

/** Where pipelines of a prompt publish. */
export interface PromptOutput extends OutputPort {
  /** A line is evaluated from now on: what is published is its own. */
  evaluating(): void
  /** Somebody may be typing from now on: what is published comes from the background. */
  resting(): void
  /** Whether this line has published this data. */
  hasShown(data: unknown): boolean
}

/**
 * Prints what is published. What comes while somebody types is printed above their line, which `redraw` brings back.
 */
export function openOutput(context: CommandContext, hideLive: () => void, redraw: () => void): PromptOutput {
  const printer = openPrinter(context, { json: false, quiet: false, before: hideLive })
  const shown = new Set<string>()
  let typing = false
  return {
    publish: (topic, data) => {
      if (typing) {
        cursorTo(context.stdout, 0)
        clearScreenDown(context.stdout)
      } else shown.add(JSON.stringify(data))
      printer.publish(topic, data)
      if (typing) redraw()
    },
    evaluating: () => {
      typing = false
      shown.clear()
    },
    resting: () => {
      typing = true
    },
    hasShown: data => shown.has(JSON.stringify(data)),
  }
}
