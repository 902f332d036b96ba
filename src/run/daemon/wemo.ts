import type { Flow } from '../../core/flow.ts'
import type { Clock } from '../../core/ports.ts'
import { keeperOf } from '../../core/runs.ts'
import type { Wemo } from '../../core/wemo.ts'
import type { LoadedConfig } from '../config.ts'
import { loadExports } from '../flows.ts'
import { heardTwice } from '../voice/heard-twice.ts'
import { voicesIn } from '../voices-in.ts'
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
  const { aws, runs, wemo: settings } = loaded.config
  const { createWemo } = await import('../../triggers/wemo/index.ts')
  const names = new Map([...flows].map(([name, flow]) => [flow, name]))
  const cloud = wemos.some(one => keeperOf(one.runs, loaded.config) === 'cloud')
    ? (await import('./wemo-cloud.ts')).openWemoCloud({ loaded, flows, clock })
    : undefined
  // That it may act twice is no trouble: all works as it is declared, and most words are heard by one of them.
  const notices = await twice(options)
  const switches = createWemo(wemos, {
    settings,
    project: aws.stack,
    clock,
    notice: say,
    runs,
    cloud,
    startFlow: executor.startFlow,
    askFlow: executor.askFlow,
    recent: (flow, prefix) => executor.recent(names.get(flow) ?? '', prefix),
  })
  return {
    ...switches,
    async start() {
      for (const notice of notices) say(notice)
      await switches.start()
    },
    status: () => ({ ...switches.status(), ...(notices.length === 0 ? {} : { notices }) }),
    async close() {
      await switches.close()
      cloud?.close()
    },
  }
}

/** What a skill of this project would hear as well. */
async function twice({ loaded, flows, wemos }: WemoOptions): Promise<readonly string[]> {
  const { aws, runs } = loaded.config
  if (aws.alexa?.skillId === undefined) return []
  try {
    const voices = voicesIn(await loadExports(loaded), flows).values()
    return heardTwice({ wemos, voices, flows, runs })
  } catch (thrown) {
    // A deployment refuses them; switches work without.
    return [`whether the skill hears what switches hear is not known: ${(thrown as Error).message}`]
  }
}
