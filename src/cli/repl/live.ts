import type { Progress } from '../../core/context.ts'
import type { CommandContext } from '../context.ts'
import { type LiveLine, openLiveLine } from '../live/live-line.ts'

/** The live lines of whatever the line at the prompt has begun. Nothing is shown while nothing is awaited. */
export interface PromptLive {
  begin(): void
  add(event: Progress): void
  hide(): void
  pause(): () => void
  end(): void
}

/** Opens live lines with the first run of a line and ends them with it. */
export function followLive({ stdout, env }: CommandContext, terminal: boolean): PromptLive {
  let line: LiveLine | undefined
  return {
    begin: () => {
      line ??= openLiveLine(stdout, terminal && env.TERM !== 'dumb')
    },
    add: event => line?.add(event),
    hide: () => line?.hide(),
    pause: () => line?.pause() ?? (() => {}),
    end: () => {
      line?.stop()
      line = undefined
    },
  }
}
