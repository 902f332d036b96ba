import type { AgentPlatform, NodeProgram } from '../../src/core/agents.ts'

/** The Node that executes this, for hosts of its own platform. */
export function ownNode({ os, arch, libc }: AgentPlatform): NodeProgram | undefined {
  const fits = os === process.platform && arch === process.arch && libc === ownLibc()
  return fits ? { version: process.version, file: process.execPath } : undefined
}

let known: string | undefined

function ownLibc(): string {
  if (process.platform !== 'linux') return 'libc'
  known ??= glibcVersion() === undefined ? 'musl' : 'glibc'
  return known
}

function glibcVersion(): unknown {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return header?.glibcVersionRuntime
}
