import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { constants, type DomainEvent, type EventKind } from '../../../../../src/providers/kvm/rpc/index.ts'
import { events } from '../../../../../src/providers/kvm/rpc/protocol/events.ts'
import { type DaemonLab, fields, guestMac, refusal, rows } from './lab.ts'

/** A domain of the emulator's that boots nothing, with a disk, a card and a console. */
const domainXml = (disk: string) => `<domain type='qemu'>
  <name>tiny</name><memory unit='MiB'>64</memory><vcpu current='1'>2</vcpu>
  <os><type arch='x86_64'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${disk}'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>
    <interface type='network'><mac address='${guestMac}'/><source network='default'/><model type='virtio'/></interface>
    <console type='pty'/>
  </devices>
</domain>`

/** A domain of the emulator's, from its definition to its end. */
export function askAboutDomains(lab: () => DaemonLab): void {
  test('about a domain and what happens to it', async () => {
    const { iron, qemu, called } = lab()
    const seen: DomainEvent[] = []
    const kinds = Object.keys(events) as EventKind[]
    const subscriptions = await Promise.all(
      kinds.map(kind => qemu.subscribe(kind, event => seen.push(event))),
    )
    const { domain } = await qemu.call('domainDefineXmlFlags', {
      xml: domainXml('/var/lib/libvirt/images/base.qcow2'),
    })
    expect(domain).toMatchObject({ name: 'tiny', uuid: (await iron.virsh('domuuid', 'tiny')).trim(), id: -1 })
    const { domain: running } = await qemu.call('domainCreateWithFlags', { domain })
    expect(
      (await qemu.call('connectListAllDomains', { flags: constants.listDomains.active })).domains,
    ).toEqual([running])
    expect(await qemu.call('domainLookupByName', { name: 'tiny' })).toEqual({ domain: running })
    expect(await qemu.call('domainLookupByUuid', { uuid: domain.uuid })).toEqual({ domain: running })
    expect(await qemu.call('domainLookupById', { id: running.id })).toEqual({ domain: running })
    expect((await qemu.call('domainGetXmlDesc', { domain })).xml.trim()).toBe(
      (await iron.virsh('dumpxml', 'tiny')).trim(),
    )
    const { state } = await qemu.call('domainGetState', { domain })
    expect(constants.domainStates[state]).toBe((await iron.virsh('domstate', 'tiny')).trim())
    expect(await qemu.call('domainIsActive', { domain })).toEqual({ active: true })

    const source = constants.addressSource.lease
    expect(await qemu.call('domainInterfaceAddresses', { domain, source })).toEqual({
      interfaces: [
        {
          name: expect.stringMatching(/^vnet/),
          mac: guestMac,
          addresses: [{ type: constants.addressType.ipv4, address: `${iron.subnet}.77`, prefix: 24 }],
        },
      ],
    })
    await qemu.call('domainBlockResize', {
      domain,
      disk: 'vda',
      size: 16n * 1024n * 1024n,
      flags: constants.blockResize.bytes,
    })
    expect(fields(await iron.virsh('domblkinfo', 'tiny', 'vda')).Capacity).toBe('16777216')
    const { pool } = await qemu.call('storagePoolLookupByName', { name: 'default' })
    const iso = `<volume><name>disc.iso</name><capacity>4096</capacity><target><format type='iso'/></target></volume>`
    await qemu.call('storageVolCreateXml', { pool, xml: iso })
    const disc = `<disk type='file' device='cdrom'><source file='/var/lib/libvirt/images/disc.iso'/><target dev='sda' bus='sata'/><readonly/></disk>`
    await qemu.call('domainUpdateDeviceFlags', { domain, xml: disc, flags: constants.affect.live })
    expect(rows(await iron.virsh('domblklist', 'tiny'))).toContainEqual([
      'sda',
      '/var/lib/libvirt/images/disc.iso',
    ])
    const rng = `<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`
    await qemu.call('domainAttachDeviceFlags', { domain, xml: rng, flags: constants.affect.live })
    await qemu.call('domainReset', { domain })
    await qemu.call('domainReboot', { domain, flags: constants.shutdown.acpi })
    await qemu.call('domainShutdownFlags', { domain, flags: constants.shutdown.acpi })
    const agent = await refusal(qemu.call('domainGetHostname', { domain, flags: 2 }))
    expect(agent.code).toBe('VIR_ERR_ARGUMENT_UNSUPPORTED')
    expect((await refusal(qemu.call('domainGetGuestInfo', { domain, types: 0 }))).code).toBe(
      'VIR_ERR_ARGUMENT_UNSUPPORTED',
    )
    called.add('domainGetGuestInfo')
    // It runs, so that there is nothing to wake.
    expect((await refusal(qemu.call('domainPmWakeup', { domain }))).message).toMatch(/wake up/)
    called.add('domainPmWakeup')
    expect((await refusal(qemu.call('domainAbortJob', { domain }))).code).toBe('VIR_ERR_OPERATION_INVALID')
    called.add('domainAbortJob')
    await qemu.call('domainSetMetadata', {
      domain,
      type: constants.metadataType.element,
      metadata: '<x/>',
      key: 'r',
      uri: 'urn:r',
      flags: constants.affect.config,
    })
    await qemu.call('domainDestroyFlags', { domain })
    await writeFile(iron.outside('/var/lib/libvirt/qemu/save/tiny.save'), '')
    await qemu.call('domainManagedSaveRemove', { domain })

    const renamed = { ...domain, name: 'small' }
    await qemu.call('domainRename', { domain, newName: 'small' })
    await qemu.call('domainDetachDeviceFlags', { domain: renamed, xml: disc, flags: constants.affect.config })
    await qemu.call('domainUndefineFlags', { domain: renamed, flags: constants.undefine.managedSave })
    expect((await refusal(qemu.call('domainLookupByUuid', { uuid: domain.uuid }))).code).toBe(
      'VIR_ERR_NO_DOMAIN',
    )

    const told = () =>
      seen.map(event =>
        event.kind === 'lifecycle' ? `${event.what.happened} ${event.what.detail}` : event.kind,
      )
    await expect.poll(told).toContain('undefined removed')
    expect(told()).toEqual(
      expect.arrayContaining([
        'defined added',
        'started booted',
        'reboot',
        'deviceAdded',
        'metadataChange',
        'stopped destroyed',
        'defined renamed',
      ]),
    )
    expect(seen.find(event => event.kind === 'metadataChange')).toMatchObject({
      type: 2,
      uri: 'urn:r',
      domain: { name: 'tiny' },
    })
    expect(seen.find(event => event.kind === 'deviceAdded')).toMatchObject({
      device: 'rng0',
      domain: running,
    })
    await Promise.all(subscriptions.map(each => each.close()))
  })
}
