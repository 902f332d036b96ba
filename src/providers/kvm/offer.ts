import type { Offer } from './domain/write.ts'
import type { Desk } from './hypervisor.ts'
import { isLibvirtError } from './rpc/index.ts'
import { readXml } from './xml/read.ts'

/** What a hypervisor can run, as it says itself. */
export interface Capabilities extends Offer {
  readonly uefi: boolean
}

/**
 * Asks the hypervisor what it runs: KVM's machines where it has them, else plain emulation, which a person should know
 * of since it is ten times as slow.
 */
export async function readOffer(desk: Desk): Promise<Capabilities> {
  const arch = await hostArch(desk)
  const kvm = desk.config.emulate ? undefined : await capabilities(desk, arch, 'kvm')
  const found = kvm ?? (await capabilities(desk, arch, 'qemu'))
  if (found === undefined) {
    const { xml } = await desk.call('connectGetDomainCapabilities', {}, 'asking what it runs')
    return readCapabilities(xml)
  }
  if (found.type !== 'kvm' && !desk.config.emulate)
    desk.job.warn(`${desk.node} has no KVM: its machines are emulated, which is slow`)
  return found
}

async function hostArch(desk: Desk): Promise<string> {
  const { xml } = await desk.call('connectGetCapabilities', {}, 'asking what it is')
  return readXml(xml).find('host', 'cpu', 'arch')?.text || 'x86_64'
}

/** `undefined` where the hypervisor doesn't run such machines. */
async function capabilities(desk: Desk, arch: string, virtType: string): Promise<Capabilities | undefined> {
  // The standard machine of PCs has PCI Express; other architectures have one of their own.
  const machine = arch === 'x86_64' ? 'q35' : undefined
  return desk.using('asking what it runs', async (connection, limits) => {
    try {
      const input = { arch, virtType, machine }
      const { xml } = await connection.call('connectGetDomainCapabilities', input, limits)
      return readCapabilities(xml)
    } catch (error) {
      if (isLibvirtError(error, 'VIR_ERR_INVALID_ARG', 'VIR_ERR_CONFIG_UNSUPPORTED', 'VIR_ERR_NO_SUPPORT'))
        return undefined
      throw error
    }
  })
}

function readCapabilities(xml: string): Capabilities {
  const found = readXml(xml)
  const firmware = found
    .find('os')
    ?.children('enum')
    .find(one => one.attribute('name') === 'firmware')
  return {
    type: found.find('domain')?.text || 'qemu',
    arch: found.find('arch')?.text || 'x86_64',
    machine: found.find('machine')?.text || 'q35',
    emulator: found.find('path')?.text,
    uefi: (firmware?.children('value') ?? []).some(value => value.text === 'efi'),
  }
}
