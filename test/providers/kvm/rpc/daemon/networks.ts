import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { constants } from '../../../../../src/providers/kvm/rpc/index.ts'
import { type DaemonLab, guestMac, refusal, rows } from './lab.ts'

/** Networks and their leases. */
export function askAboutNetworks(lab: () => DaemonLab): void {
  test('about networks and who has which address', async () => {
    const { iron, qemu } = lab()
    const { network } = await qemu.call('networkLookupByName', { name: 'default' })
    expect((await qemu.call('connectListAllNetworks', {})).networks).toEqual([network])
    expect((await qemu.call('networkGetXmlDesc', { network })).xml.trim()).toBe(
      (await iron.virsh('net-dumpxml', 'default')).trim(),
    )
    expect(await qemu.call('networkGetBridgeName', { network })).toEqual({ bridge: 'virbr0' })
    expect(await qemu.call('networkIsActive', { network })).toEqual({ active: true })
    const expires = Math.floor(Date.now() / 1_000) + 3_600
    const lease = {
      'ip-address': `${iron.subnet}.77`,
      'mac-address': guestMac,
      hostname: 'tiny',
      'expiry-time': expires,
    }
    await writeFile(iron.outside('/var/lib/libvirt/dnsmasq/virbr0.status'), JSON.stringify([lease]))
    const { leases } = await qemu.call('networkGetDhcpLeases', { network, mac: guestMac })
    expect(leases).toEqual([
      {
        interface: 'virbr0',
        expires: BigInt(expires),
        type: constants.addressType.ipv4,
        mac: guestMac,
        iaid: undefined,
        address: `${iron.subnet}.77`,
        prefix: 24,
        hostname: 'tiny',
        clientId: undefined,
      },
    ])
    expect(await iron.virsh('net-dhcp-leases', 'default')).toContain(`${iron.subnet}.77/24`)
    expect(await qemu.call('networkGetDhcpLeases', { network, mac: '52:54:00:00:00:00' })).toEqual({
      leases: [],
      count: 0,
    })

    const xml = `<network><name>apart</name><bridge name='virbr9'/></network>`
    const { network: apart } = await qemu.call('networkDefineXml', { xml })
    await qemu.call('networkCreate', { network: apart })
    await qemu.call('networkSetAutostart', { network: apart, autostart: true })
    expect(rows(await iron.virsh('net-list', '--all'))).toContainEqual(['apart', 'active', 'yes', 'yes'])
    await qemu.call('networkDestroy', { network: apart })
    await qemu.call('networkUndefine', { network: apart })
    expect((await refusal(qemu.call('networkLookupByName', { name: 'apart' }))).code).toBe(
      'VIR_ERR_NO_NETWORK',
    )
  })
}
