import type { OutputPort } from '../core/context.ts'
import type { Json } from '../core/json.ts'
import type { Runtime } from '../core/runtime.ts'
import { formatData, type Style } from '../operations/output/format/index.ts'
import { chooseBridge } from './bridge/chosen.ts'
import { configuredBridge } from './bridge/client.ts'
import { loadConfig } from './config.ts'
import { wireLocal } from './wire.ts'

/**
 * The runtime of a script that runs pipelines without a root: the nearest configuration, and output as text on
 * standard output.
 */
export async function openDefaultRuntime(): Promise<Runtime> {
  const loaded = chooseBridge(await loadConfig(), { url: process.env.REOPS_BRIDGE || undefined })
  return wireLocal({ loaded, out: printTo(process.stdout), bridge: configuredBridge(loaded) })
}

function printTo(stream: NodeJS.WriteStream): OutputPort {
  const style: Style = {
    color: stream.isTTY === true && process.env.NO_COLOR === undefined,
    columns: stream.columns,
  }
  return {
    publish: (_topic, data: Json) => void stream.write(`${formatData(data, style)}\n`),
  }
}
