import { openLibvirt } from '../../src/providers/kvm/rpc/index.ts'
import { canHypervise, openHypervisor } from '../../test/lab/hypervisor/index.ts'

/** A hypervisor that knows many machines, none of which runs. */
export interface ManyDomains {
  readonly uri: string
  close(): Promise<void>
}

/** Opens one with `count` domains. Nothing where there can be no hypervisor, which is said on stderr. */
export async function openManyDomains(count: number): Promise<ManyDomains | undefined> {
  const { meta } = canHypervise()
  if (meta) {
    process.stderr.write(`left out: virsh list (${meta.leftOut})\n`)
    return undefined
  }
  const iron = await openHypervisor()
  const uri = `qemu+unix:///system?socket=${iron.socket}`
  // A bench that is ended early would leave the hypervisor's folder behind.
  const early = () => void close().finally(() => process.exit(130))
  const close = async () => {
    process.off('SIGINT', early).off('SIGTERM', early)
    await iron.close()
  }
  process.once('SIGINT', early).once('SIGTERM', early)
  try {
    const libvirt = await openLibvirt({ uri })
    const names = Array.from({ length: count }, (_, number) => `web-${number}`)
    await Promise.all(names.map(name => libvirt.call('domainDefineXmlFlags', { xml: domain(name) })))
    await libvirt.close()
    return { uri, close }
  } catch (error) {
    await close()
    throw error
  }
}

const domain = (name: string) =>
  `<domain type='qemu'><name>${name}</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os></domain>`
