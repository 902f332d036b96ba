import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import {
  type Libvirt,
  LibvirtError,
  openLibvirt,
  type ProcedureName,
} from '../../../../../src/providers/kvm/rpc/index.ts'
import { type Hypervisor, openHypervisor } from '../../../../lab/hypervisor/index.ts'

const run = promisify(execFile)

/** The card of the domain that the tests define. */
export const guestMac = '52:54:00:12:34:56'

/** A daemon, two ways to it, and what has been asked of it. */
export interface DaemonLab {
  readonly iron: Hypervisor
  readonly qemu: Libvirt
  /** libvirt's own pretence of a hypervisor, which every daemon has. */
  readonly pretence: Libvirt
  virshTest(...words: string[]): Promise<string>
  /** The procedures that have been answered. A test adds those whose refusal is all that can be had. */
  readonly called: Set<ProcedureName>
  close(): Promise<void>
}

export async function openDaemonLab(): Promise<DaemonLab> {
  const iron = await openHypervisor()
  const called = new Set<ProcedureName>()
  try {
    const qemu = await record(`qemu+unix:///system?socket=${iron.socket}`, called)
    const uri = `test+unix:///default?socket=${iron.socket}`
    const pretence = await record(uri, called)
    return {
      iron,
      qemu,
      pretence,
      called,
      virshTest: async (...words) => (await run('virsh', ['-q', '-c', uri, ...words])).stdout.trim(),
      async close() {
        await pretence.close()
        await qemu.close()
        await iron.close()
      },
    }
  } catch (error) {
    await iron.close()
    throw error
  }
}

async function record(uri: string, called: Set<ProcedureName>): Promise<Libvirt> {
  const libvirt = await openLibvirt({ uri, timeout: 20_000 })
  return {
    ...libvirt,
    async call(name, input, options) {
      const answer = await libvirt.call(name, input, options)
      called.add(name)
      return answer
    },
  }
}

/** What libvirt refuses some work with. */
export async function refusal(work: Promise<unknown>): Promise<LibvirtError> {
  const error = await work.then(
    () => expect.unreachable('it was not refused'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(LibvirtError)
  return error as LibvirtError
}

/** What virsh answers, as names and values: it writes `Name: value`. */
export function fields(text: string): Record<string, string> {
  const pairs = text.split('\n').map(line => /^([^:]+):\s*(.*?)\s*$/.exec(line))
  return Object.fromEntries(pairs.flatMap(pair => (pair ? [[pair[1]!, pair[2]!]] : [])))
}

/** The lines of a list of virsh's, as words. */
export function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => line.trim().split(/\s+/))
}
