import { expect, test } from 'vitest'
import { type DaemonLab, fields, refusal } from './lab.ts'

/** What the daemon says of itself and of its machine. */
export function askAboutHost(lab: () => DaemonLab): void {
  test('about itself', async () => {
    const { iron, qemu, called } = lab()
    const version = fields((await iron.virsh('version')).replaceAll(/^(\w[\w ]*): /gm, '$1: '))
    const { version: number } = await qemu.call('connectGetLibVersion', {})
    const text = [number / 1_000_000n, (number / 1_000n) % 1_000n, number % 1_000n].join('.')
    expect(version['Using library']).toBe(`libvirt ${text}`)
    expect((await qemu.call('connectGetVersion', {})).version).toBeGreaterThan(7_000_000n)
    expect(await qemu.call('connectGetType', {})).toEqual({ type: 'QEMU' })
    expect(await qemu.call('connectGetHostname', {})).toEqual({
      hostname: await iron.virsh('hostname').then(each => each.trim()),
    })
    expect(await qemu.call('connectGetUri', {})).toEqual({ uri: 'qemu:///system' })
    // virsh asks another way, by the capabilities of a domain, which answers for another machine type.
    expect((await qemu.call('connectGetMaxVcpus', { type: 'qemu' })).vcpus).toBeGreaterThan(1)
    expect((await qemu.call('connectGetCapabilities', {})).xml.trim()).toBe(
      (await iron.virsh('capabilities')).trim(),
    )
    const capabilities = await qemu.call('connectGetDomainCapabilities', { virtType: 'qemu', machine: 'q35' })
    expect(capabilities.xml.trim()).toBe(
      (await iron.virsh('domcapabilities', '--virttype', 'qemu', '--machine', 'q35')).trim(),
    )
    expect(await qemu.call('connectSupportsFeature', { feature: 10 })).toEqual({ supported: true })
    expect(await qemu.call('connectSupportsFeature', { feature: 4_711 })).toEqual({ supported: false })
    expect(await qemu.call('authList', {})).toEqual({ types: [0] })
    // Nobody asked for it, so this is what it has to say; the call itself is understood.
    await refusal(qemu.call('authPolkit', {}))
    called.add('authPolkit')
  })

  test('about its machine', async () => {
    const { iron, qemu } = lab()
    const node = await qemu.call('nodeGetInfo', {})
    const said = fields(await iron.virsh('nodeinfo'))
    expect(node).toMatchObject({
      model: said['CPU model'],
      cpus: Number(said['CPU(s)']),
      sockets: Number(said['CPU socket(s)']),
      cores: Number(said['Core(s) per socket']),
      threads: Number(said['Thread(s) per core']),
      nodes: Number(said['NUMA cell(s)']),
    })
    expect(`${node.memoryKib} KiB`).toBe(said['Memory size'])
    expect((await qemu.call('nodeGetFreeMemory', {})).bytes).toBeGreaterThan(0n)
  })
}
