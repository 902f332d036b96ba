import type { Flow } from '../../core/flow.ts'
import type { Clock } from '../../core/ports.ts'
import type { Wemo } from '../../core/wemo.ts'
import type { LoadedConfig } from '../config.ts'
import type { Executor } from './executor.ts'
import type { Part } from './part.ts'

interface WemoOptions {
  readonly loaded: LoadedConfig
  readonly flows: ReadonlyMap<string, Flow>
  readonly wemos: readonly Wemo[]
  readonly executor: Executor
  readonly clock: Clock
  say(text: string): void
}

/** The part that an Echo finds switches at; nothing where none is declared. */
export async function createWemoPart(options: WemoOptions): Promise<Part | undefined> {
  const { loaded, flows, wemos, executor, clock, say } = options
  if (wemos.length === 0) return undefined
  const { createWemo } = await import('../../triggers/wemo/index.ts')
  const names = new Map([...flows].map(([name, flow]) => [flow, name]))
  return createWemo(wemos, {
    settings: loaded.config.wemo,
    project: loaded.config.aws.stack,
    clock,
    notice: say,
    startFlow: executor.startFlow,
    askFlow: executor.askFlow,
    recent: (flow, prefix) => executor.recent(names.get(flow) ?? '', prefix),
  })
}
