import { expect, test } from 'vitest'
import { constants } from '../../../../../src/providers/kvm/rpc/index.ts'
import { type DaemonLab, fields, refusal, rows } from './lab.ts'

/** Pools and volumes. */
export function askAboutStorage(lab: () => DaemonLab): void {
  test('about pools and volumes', async () => {
    const { iron, qemu } = lab()
    const { pools, count } = await qemu.call('connectListAllStoragePools', {})
    expect(pools.map(({ name }) => [name])).toEqual(rows(await iron.virsh('pool-list', '--all', '--name')))
    expect(count).toBe(pools.length)
    const { pool } = await qemu.call('storagePoolLookupByName', { name: 'default' })
    expect(pool.uuid).toBe((await iron.virsh('pool-uuid', 'default')).trim())
    expect((await qemu.call('storagePoolGetXmlDesc', { pool })).xml.trim()).toBe(
      (await iron.virsh('pool-dumpxml', 'default')).trim(),
    )
    const info = await qemu.call('storagePoolGetInfo', { pool })
    expect(constants.poolStates[info.state]).toBe('running')
    const said = fields(await iron.virsh('pool-info', 'default', '--bytes'))
    expect(String(info.capacity)).toBe(said.Capacity)

    const xml = `<volume><name>base.qcow2</name><capacity>1048576</capacity><target><format type='qcow2'/></target></volume>`
    const { volume } = await qemu.call('storageVolCreateXml', { pool, xml })
    const { volume: copy } = await qemu.call('storageVolCreateXmlFrom', {
      pool,
      xml: xml.replace('base', 'copy'),
      from: volume,
    })
    const { volumes } = await qemu.call('storagePoolListAllVolumes', { pool })
    expect(volumes.map(({ name, key }) => [name, key]).sort()).toEqual(
      rows(await iron.virsh('vol-list', 'default')),
    )
    const { path } = await qemu.call('storageVolGetPath', { volume })
    expect(path).toBe((await iron.virsh('vol-path', 'base.qcow2', 'default')).trim())
    expect(await qemu.call('storageVolLookupByName', { pool, name: 'base.qcow2' })).toEqual({ volume })
    expect(await qemu.call('storageVolLookupByPath', { path })).toEqual({ volume })
    expect(await qemu.call('storageVolLookupByKey', { key: volume.key })).toEqual({ volume })
    expect(await qemu.call('storagePoolLookupByVolume', { volume })).toEqual({ pool })
    await qemu.call('storageVolResize', { volume, capacity: 8 * 1024 * 1024 })
    expect(await qemu.call('storageVolGetInfo', { volume })).toMatchObject({
      type: 0,
      capacity: 8n * 1024n * 1024n,
    })
    expect((await qemu.call('storageVolGetXmlDesc', { volume })).xml.trim()).toBe(
      (await iron.virsh('vol-dumpxml', 'base.qcow2', 'default')).trim(),
    )
    await qemu.call('storageVolDelete', { volume: copy })
    expect((await refusal(qemu.call('storageVolLookupByName', { pool, name: 'copy.qcow2' }))).code).toBe(
      'VIR_ERR_NO_STORAGE_VOL',
    )
    expect((await refusal(qemu.call('storageVolCreateXml', { pool, xml }))).code).toBe(
      'VIR_ERR_STORAGE_VOL_EXIST',
    )
  })

  test('about a pool from its beginning to its end', async () => {
    const { iron, qemu } = lab()
    const xml = `<pool type='dir'><name>spare</name><target><path>/var/lib/libvirt/spare</path></target></pool>`
    const { pool } = await qemu.call('storagePoolDefineXml', { xml })
    await qemu.call('storagePoolBuild', { pool })
    await qemu.call('storagePoolCreate', { pool })
    await qemu.call('storagePoolRefresh', { pool })
    await qemu.call('storagePoolSetAutostart', { pool, autostart: true })
    expect(rows(await iron.virsh('pool-list', '--all'))).toContainEqual(['spare', 'active', 'yes'])
    await qemu.call('storagePoolDestroy', { pool })
    await qemu.call('storagePoolUndefine', { pool })
    expect((await refusal(qemu.call('storagePoolLookupByName', { name: 'spare' }))).code).toBe(
      'VIR_ERR_NO_STORAGE_POOL',
    )
  })
}
