import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { configSchema } from '../../../src/core/config.ts'
import type { Progress } from '../../../src/core/context.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import type { LocalRuntime } from '../../../src/run/local-runtime.ts'
import { wireLocal } from '../../../src/run/wire.ts'
import type { Hypervisor } from '../../lab/hypervisor/index.ts'

/** The image that the guests of the lab are made of, as the hypervisor knows it. */
export const lab = 'lab'

/** A laptop with a state folder of its own, whose configuration names the hypervisors. */
export interface Laptop {
  readonly runtime: LocalRuntime
  readonly progress: readonly Progress[]
  readonly state: string
  run<O>(operation: Operation<any, O>): Promise<O>
  close(): Promise<void>
}

/** Opens a laptop beside hypervisors: guests are reached through their hypervisor's sshd, by its key. */
export async function openLaptop(...irons: readonly Hypervisor[]): Promise<Laptop> {
  const state = await mkdtemp(path.join(os.tmpdir(), 'reops-laptop-'))
  const config = configSchema.parse({
    state,
    hosts: Object.fromEntries(
      irons.map(({ name, ssh }) => [
        `${name}-door`,
        { address: '127.0.0.1', port: ssh.port, user: ssh.user, key: ssh.key },
      ]),
    ),
    hypervisors: Object.fromEntries(
      irons.map(({ name, socket, ssh }) => [
        name,
        {
          provider: 'kvm',
          uri: `qemu+unix:///system?socket=${socket}`,
          os: lab,
          user: 'ops',
          key: ssh.key,
          jump: `${name}-door`,
        },
      ]),
    ),
    ssh: { config: false, knownHosts: [], agent: false },
  })
  const progress: Progress[] = []
  const runtime = wireLocal({
    loaded: { config, folder: state, file: undefined },
    out: { publish: () => {} },
    progress: event => void progress.push(event),
    notice: () => {},
  })
  return {
    runtime,
    progress,
    state,
    run: async operation => (await runtime.submit(operation, undefined, {})).result(),
    close: async () => {
      await runtime.close()
      await rm(state, { recursive: true, force: true })
    },
  }
}
