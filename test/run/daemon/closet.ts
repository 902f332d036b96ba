import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { configSchema } from '../../../src/core/config.ts'
import { askDaemon } from '../../../src/run/daemon/ask.ts'
import { project } from '../../cli/harness.ts'
import { binary, environment, reops } from '../../cli/real.ts'

export const soon = { timeout: 15_000, interval: 20 }

/** Flows that write down what they do, and one that waits until it may end. */
const common = `
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { every, flow, operation, schedule, sensor, watch } from 're-ops'
import * as z from 'zod'

const near = name => new URL('../' + name, import.meta.url)
const mark = operation({
  name: 'mark',
  site: 'onprem',
  effect: 'change',
  schema: z.strictObject({}),
  handle: async (data) => {
    appendFileSync(near('marks'), JSON.stringify(data) + '\\n')
    return 'marked'
  },
})
const patient = operation({
  name: 'patient',
  site: 'onprem',
  effect: 'read',
  schema: z.strictObject({}),
  handle: async (_data, _args, { signal }) => {
    appendFileSync(near('begun'), 'begun\\n')
    while (!existsSync(near('go'))) await sleep(20, undefined, { signal })
    return 'waited'
  },
})
export const marking = flow({ input: z.looseObject({}), steps: mark({}) })
export const waiting = flow({ input: z.strictObject({}), steps: patient({}) })
/** An input that its schema does not take a second time. */
export const changing = flow({ input: z.strictObject({ n: z.string().transform(Number) }), steps: mark({}) })
`

/** A project with a daemon: real processes, and what they leave. */
export async function closet(declarations: string, config: object = {}) {
  const folder = await project({
    'flows/index.ts': `${common}\n${declarations}\n`,
    'reops.config.ts': `export default ${JSON.stringify({
      ...config,
      daemon: {
        metrics: '127.0.0.1:0',
        webhooks: '127.0.0.1:0',
        drain: 0,
        ...(config as { daemon?: object }).daemon,
      },
    })}\n`,
  })
  const running = new Set<ChildProcess>()
  onTestFinished(() => {
    for (const child of running) child.kill('SIGKILL')
  })
  const read = async (name: string) => {
    const text = await readFile(path.join(folder, name), 'utf8').catch(() => '')
    return text.split('\n').filter(line => line !== '')
  }
  const loaded = { config: configSchema.parse({}), folder, file: undefined }
  /** What the daemon answers, without a process of its own. */
  const status = async () => (await askDaemon(loaded))?.status

  return {
    folder,
    marks: async () => (await read('marks')).map(line => JSON.parse(line) as unknown),
    begun: () => read('begun'),
    letGo: () => writeFile(path.join(folder, 'go'), ''),
    status,
    command: (...words: string[]) => reops(words, { cwd: folder }),
    /** Starts a daemon and waits until it is up. `words` stand behind `reops up`. */
    async up(...words: readonly string[]) {
      const child = spawn(process.execPath, [binary, 'up', ...words], { cwd: folder, env: environment() })
      running.add(child)
      let said = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', chunk => {
          said += String(chunk)
        })
      }
      const ended = new Promise<number | NodeJS.Signals | null>(resolve =>
        child.on('close', (code, signal) => {
          running.delete(child)
          resolve(code ?? signal)
        }),
      )
      const end = (signal: NodeJS.Signals) => {
        child.kill(signal)
        return ended
      }
      await vi.waitFor(() => {
        if (child.exitCode !== null) throw new Error(`it ended: ${said}`)
        if (!said.includes('is up, as process')) throw new Error(`not up yet: ${said}`)
      }, soon)
      return {
        pid: child.pid!,
        said: () => said,
        ended,
        end,
        signal: (name: NodeJS.Signals) => child.kill(name),
      }
    },
  }
}
