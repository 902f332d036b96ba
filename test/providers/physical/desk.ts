import { spawn } from 'node:child_process'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type * as z from 'zod'
import type { HostDefaults } from '../../../src/core/hosts.ts'
import type { machineSchema } from '../../../src/core/systems/nodes.ts'
import type { StopOptions } from '../../../src/core/systems/provider.ts'
import type { Segment } from '../../lab/segment/index.ts'

/** What is to be done with the machine `box`, in a network where it is. */
export interface Errand {
  readonly does: 'start' | 'stop' | 'restart' | 'status'
  readonly machine: z.input<typeof machineSchema>
  readonly options?: StopOptions
  readonly folder: string
  readonly key: string
  readonly hosts?: Readonly<Record<string, HostDefaults & { readonly address?: string }>>
}

/** What came of it. */
export interface Report {
  readonly value?: unknown
  readonly trouble?: { readonly code: string; readonly message: string }
  readonly stages: readonly string[]
  readonly warnings: readonly string[]
}

/** Where the provider works: in the network of a segment. */
export interface Desk {
  run(errand: Omit<Errand, 'folder' | 'key'>): Promise<Report>
  stop(): Promise<void>
}

const inside = fileURLToPath(new URL('inside.ts', import.meta.url))

export function openDesk({ desk, folder, key }: Segment): Desk {
  const [program, ...words] = desk.enterNetwork([process.execPath, inside])
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = new Promise<void>(resolve => child.once('close', () => resolve()))
  const reports = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async run(errand) {
      child.stdin.write(`${JSON.stringify({ folder, key, ...errand })}\n`)
      const { value, done } = await reports.next()
      if (done) throw new Error('the desk ended')
      return JSON.parse(value) as Report
    },
    stop: () => {
      child.stdin.end()
      return exited
    },
  }
}
