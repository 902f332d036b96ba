import { compile } from '../../../compile/compile.ts'
import type { Flow } from '../../../core/flow.ts'
import type { LoadedConfig } from '../../../run/config.ts'
import { knownFlows } from '../../executions/flows.ts'
import { type Check, leftOut, look, ok, warn } from './check.ts'

/** The Node that this package is made for. */
const leastNode = 24

export function lookAtNode(): Promise<Check> {
  return look('node', () => {
    const major = Number.parseInt(process.versions.node, 10)
    return major >= leastNode
      ? ok(process.version)
      : warn(`${process.version} is older than ${leastNode}`, `install Node ${leastNode}`)
  })
}

/** The configuration was read when we come here; a wrong one ends the command before. */
export function lookAtConfiguration({ file }: LoadedConfig): Promise<Check> {
  return look('configuration', () => (file === undefined ? ok('none; all is as by default') : ok(file)))
}

/** Loads and compiles the flows. `flows` is absent where they could not be loaded. */
export async function lookAtFlows(
  loaded: LoadedConfig,
): Promise<{ readonly check: Check; readonly flows: ReadonlyMap<string, Flow> | undefined }> {
  let flows: ReadonlyMap<string, Flow> | undefined
  const check = await look('flows', async () => {
    const found = await knownFlows(loaded)
    for (const [name, flow] of found) compile(flow, name)
    flows = found
    if (found.size === 0)
      return warn(`${loaded.config.flows} exports none`, 'export a flow from flows/index.ts')
    return ok(`${found.size} compile`)
  })
  return { check, flows }
}

export async function lookAtBridge(loaded: LoadedConfig): Promise<Check> {
  return look('bridge', async () => {
    const { url } = loaded.config.bridge
    if (url === undefined) return leftOut('bridge.url in reops.config.ts names none')
    const { askStatus } = await import('../../bridge/status/ask.ts')
    const { status } = await askStatus(loaded)
    const [trouble] = status.troubles
    return trouble === undefined
      ? ok(`${status.version} at ${url}`)
      : warn(`${url} says: ${trouble}`, 'reops bridge status says more')
  })
}
