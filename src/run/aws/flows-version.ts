import { createHash } from 'node:crypto'
import { compile } from '../../compile/compile.ts'
import type { Flow } from '../../core/flow.ts'

/** A short name that changes when any flow does, as the stack's output `Version` has it. */
export function flowsVersion(flows: ReadonlyMap<string, Flow>): string {
  const versions = [...flows].map(([name, flow]) => `${name}\0${compile(flow, name).version}`)
  return createHash('sha256').update(versions.join('\0\0')).digest('hex').slice(0, 12)
}
