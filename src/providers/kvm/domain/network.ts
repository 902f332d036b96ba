import type { System } from '../../../core/systems/system.ts'
import { element, type XmlContent } from '../xml/write.ts'

/** What a domain's definition says of its network: devices, and what only QEMU's own command line can say. */
export interface NetworkParts {
  readonly devices: XmlContent
  readonly commandLine: ReturnType<typeof element> | undefined
}

/** A slot that libvirt's own devices, which it numbers from below, don't reach. */
const slot = '0x1e'

/** How a system meets the network; behind the node's own network when nothing is said. */
export function networkParts({ network }: Pick<System, 'network'>, mac: string, own: string): NetworkParts {
  const model = element('model', { type: 'virtio' })
  const address = element('mac', { address: mac })
  switch (network?.kind) {
    case 'bridge':
      return card('bridge', address, element('source', { bridge: network.name }), model)
    case 'user':
      if (network.forward.length === 0) return card('user', address, undefined, model)
      return { devices: undefined, commandLine: userNetwork(network.forward, mac) }
    default:
      return card('network', address, element('source', { network: network?.name ?? own }), model)
  }
}

function card(type: string, ...content: XmlContent[]): NetworkParts {
  return { devices: element('interface', { type }, ...content), commandLine: undefined }
}

/** Libvirt's user network has no forwarded ports where passt doesn't run; QEMU's own has them, on loopback alone. */
function userNetwork(forward: readonly { readonly from: number; readonly to: number }[], mac: string) {
  const ports = forward.map(({ from, to }) => `,hostfwd=tcp:127.0.0.1:${from}-:${to}`).join('')
  const words = [
    '-netdev',
    `user,id=reops0${ports}`,
    '-device',
    `virtio-net-pci,netdev=reops0,mac=${mac},bus=pcie.0,addr=${slot}`,
  ]
  return element('qemu:commandline', {}, ...words.map(value => element('qemu:arg', { value })))
}
