#!/usr/bin/env node
import module from 'node:module'

if (Number.parseInt(process.versions.node, 10) >= 24) {
  module.enableCompileCache()
  await import('../src/cli/main.ts')
} else {
  const { onInstalledNode } = await import('./installed-node.js')
  onInstalledNode(import.meta.filename ?? process.argv[1], process.argv.slice(2))
}
