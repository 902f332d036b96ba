#!/usr/bin/env node
import module from 'node:module'

if (Number.parseInt(process.versions.node, 10) >= 24) {
  module.enableCompileCache()
  const { main } = await import('../src/cli/main.ts')
  await main({
    bridge: () => import('../onprem-bridge/main.ts'),
    bridgePart: () => import('../onprem-bridge/bridge.ts'),
    relay: () => import('../onprem-bridge/relay/main.ts'),
    agent: () => import('../onprem-bridge/agent/root.ts'),
  })
} else {
  const { onInstalledNode } = await import('./installed-node.js')
  onInstalledNode(import.meta.filename ?? process.argv[1], process.argv.slice(2))
}
