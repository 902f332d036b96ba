import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { kvmNode } from '../../../src/core/systems/nodes.ts'
import { type System, systemSchema } from '../../../src/core/systems/system.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { type KvmProvider, openKvm } from '../../../src/providers/kvm/index.ts'
import { type Hypervisor, type HypervisorOptions, openHypervisor } from '../../lab/hypervisor/index.ts'
import { testJob } from '../../support/job.ts'

/** A key of nobody: seeds are only given public ones. */
export const login = {
  user: 'ops',
  keys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f nobody'],
}

/** A hypervisor with the provider on it and a template `blank`, whose disk is empty: its machines run and never end. */
export interface Iron {
  readonly iron: Hypervisor
  readonly kvm: KvmProvider
  /** An empty QCOW2 image of so many MiB, outside the pool. */
  image(name: string, mib: number): Promise<string>
  volumes(): Promise<readonly string[]>
  domains(): Promise<readonly string[]>
  close(): Promise<void>
}

export async function openIron(options: HypervisorOptions = {}): Promise<Iron> {
  const iron = await openHypervisor({ name: 'big-iron', ...options })
  const config = kvmNode.parse({ provider: 'kvm', uri: `qemu+unix:///system?socket=${iron.socket}` })
  const kvm = openKvm({ 'big-iron': config }, { clock: systemClock })
  const image = async (name: string, mib: number) => {
    const file = path.join(iron.folder, name)
    await promisify(execFile)('qemu-img', ['create', '-q', '-f', 'qcow2', file, `${mib}M`])
    return file
  }
  const words = (text: string) => text.split('\n').flatMap(line => line.trim().split(/\s+/)[0] || [])
  await kvm.importTemplate('big-iron', 'blank', await image('blank.qcow2', 32), {}, testJob())
  return {
    iron,
    kvm,
    image,
    volumes: async () => words(await iron.virsh('vol-list', 'default')),
    domains: async () => words(await iron.virsh('list', '--all', '--name')),
    close: async () => {
      await kvm.close()
      await iron.close()
    },
  }
}

/** Cuts a machine off behind everybody's back. A daemon that has just started may not know yet that it runs. */
export async function cutOff(iron: Hypervisor, name: string): Promise<void> {
  const state = async () => {
    await iron.virsh('destroy', name).catch(() => undefined)
    return iron.virsh('domstate', name)
  }
  await expect.poll(state, { timeout: 15_000 }).toContain('shut off')
}

/** A system that is to be made: by its hostname, with whatever else. */
export function systemOf(hostname: string, more: Partial<System> = {}): System {
  return systemSchema.parse({
    id: `sys-${createHash('sha256').update(hostname).digest('hex').slice(0, 20)}`,
    hostname,
    provider: 'kvm',
    node: 'big-iron',
    os: 'blank',
    cpu: 1,
    ram: 64,
    state: 'creating',
    revision: 1,
    createdAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    ...more,
  })
}
