import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type Config, configSchema } from '../../../src/core/config.ts'
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
  /** What was said of its work; `at` is milliseconds of `performance.now()`. */
  readonly progress: readonly (Progress & { readonly at: number })[]
  readonly state: string
  /** What its reops.config.ts says. */
  readonly config: Config
  /** Forgets everything that it knew, as when the state folder is lost. */
  lose(): Promise<Laptop>
  run<O>(operation: Operation<any, O>): Promise<O>
  close(): Promise<void>
}

/** What differs from a laptop whose guests are the lab's. */
export interface LaptopOptions {
  /** The image that systems are made of. */
  readonly os?: string
}

/** Opens a laptop beside a hypervisor: guests are reached through its sshd, by its key. */
export async function openLaptop(iron: Hypervisor, { os: image = lab }: LaptopOptions = {}): Promise<Laptop> {
  const { name, socket, ssh } = iron
  const door = `${name}-door`
  const state = await mkdtemp(path.join(os.tmpdir(), 'reops-laptop-'))
  const config = configSchema.parse({
    state,
    hosts: { [door]: { address: '127.0.0.1', port: ssh.port, user: ssh.user, key: ssh.key } },
    hypervisors: {
      [name]: {
        provider: 'kvm',
        uri: `qemu+unix:///system?socket=${socket}`,
        os: image,
        user: 'ops',
        key: ssh.key,
        jump: door,
      },
    },
    ssh: { config: false, knownHosts: [], agent: false },
  })
  const progress: (Progress & { readonly at: number })[] = []
  const runtime = wireLocal({
    loaded: { config, folder: state, file: undefined },
    out: { publish: () => {} },
    progress: event => void progress.push({ ...event, at: performance.now() }),
    notice: () => {},
    follow: true,
  })
  const close = async () => {
    await runtime.close()
    await rm(state, { recursive: true, force: true })
  }
  return {
    runtime,
    progress,
    state,
    config,
    lose: async () => {
      await close()
      return openLaptop(iron, { os: image })
    },
    run: async operation => (await runtime.submit(operation, undefined, {})).result(),
    close,
  }
}
