import path from 'node:path'
import { onTestFinished } from 'vitest'
import { loadConfig } from '../../../src/run/config.ts'
import { type DaemonOptions, startDaemon } from '../../../src/run/daemon/daemon.ts'
import { openExecutions } from '../../../src/run/open-executions.ts'
import { project } from '../../cli/harness.ts'

/** Settings of a daemon that takes no port and waits for nobody at its end. */
export const quiet = { metrics: false, drain: 0 }

/** A daemon in this process, of a project of its own with a file `word`. It ends with the test at the latest. */
export async function daemonHere(
  flows: string,
  config: object,
  more: Partial<DaemonOptions> & { before?: (folder: string) => Promise<unknown> | unknown } = {},
) {
  const folder = await project({
    'flows/index.ts': flows,
    'reops.config.ts': `export default ${JSON.stringify(config)}\n`,
    word: 'a-word\n',
  })
  const { before, ...options } = more
  await before?.(folder)
  const loaded = await loadConfig(path.join(folder, 'reops.config.ts'))
  const said: string[] = []
  const start = () => startDaemon({ loaded, say: text => void said.push(text), ...options })
  const daemon = await start()
  let ended: Promise<void> | undefined
  const end = () => {
    ended ??= daemon.end()
    return ended
  }
  onTestFinished(end)
  return {
    ...{ daemon, said, folder, loaded, end },
    /** Another daemon of the same folder, once this one has ended. */
    async again() {
      await end()
      const next = await start()
      onTestFinished(() => next.end())
      return next
    },
    /** The executions of a flow as they are written down, the newest first. */
    async executions(flow: string) {
      const store = await openExecutions(loaded)
      try {
        return store.list({ flow }).map(({ id }) => store.get(id)!)
      } finally {
        await store.close()
      }
    },
    /** Posts to a webhook that takes `a-word`. */
    post: (hook: string, id: string, body: object = {}) =>
      fetch(`http://${daemon.status().webhooks!.at}/hooks/${hook}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { authorization: 'Bearer a-word', 'webhook-id': id },
      }),
  }
}
