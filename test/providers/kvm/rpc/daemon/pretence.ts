import { expect, test } from 'vitest'
import { constants, recordOf } from '../../../../../src/providers/kvm/rpc/index.ts'
import { type DaemonLab, fields, refusal, rows } from './lab.ts'

/** Domains and snapshots of libvirt's own pretence of a hypervisor, where everything is quick. */
export function askThePretence(lab: () => DaemonLab): void {
  test('about a domain of its own pretence of a hypervisor', async () => {
    const { pretence, virshTest } = lab()
    const { domain } = await pretence.call('domainLookupByName', { name: 'test' })
    const info = await pretence.call('domainGetInfo', { domain })
    const said = fields(await virshTest('dominfo', 'test'))
    expect(info).toMatchObject({ vcpus: Number(said['CPU(s)']) })
    expect(constants.domainStates[info.state]).toBe(said.State)
    expect(`${info.maxMemoryKib} KiB`).toBe(said['Max memory'])
    await pretence.call('domainSetMemoryFlags', { domain, memoryKib: 1_048_576 })
    expect(fields(await virshTest('dominfo', 'test'))['Used memory']).toBe('1048576 KiB')
    expect((await pretence.call('domainGetMaxMemory', { domain })).memoryKib).toBe(info.maxMemoryKib)
    await pretence.call('domainSetVcpusFlags', { domain, vcpus: 1, flags: constants.affect.live })
    expect(await pretence.call('domainGetVcpusFlags', { domain, flags: constants.affect.live })).toEqual({
      vcpus: 1,
    })
    await pretence.call('domainSetAutostart', { domain, autostart: true })
    expect(await pretence.call('domainGetAutostart', { domain })).toEqual({ autostart: true })
    expect(fields(await virshTest('dominfo', 'test')).Autostart).toBe('enable')
    await pretence.call('domainSetMetadata', {
      domain,
      type: constants.metadataType.description,
      metadata: 'Größe ✓',
    })
    expect(
      await pretence.call('domainGetMetadata', { domain, type: constants.metadataType.description }),
    ).toEqual({ metadata: 'Größe ✓' })
    expect(await virshTest('desc', 'test')).toBe('Größe ✓')
    await pretence.call('domainSuspend', { domain })
    expect(await virshTest('domstate', 'test')).toBe('paused')
    await pretence.call('domainResume', { domain })
    expect((await pretence.call('domainGetHostname', { domain })).hostname).toBe(
      await virshTest('domhostname', 'test'),
    )
    const { records } = await pretence.call('connectGetAllDomainStats', {
      domains: [],
      stats: constants.stats.state,
    })
    expect(records.map(each => each.domain.name)).toEqual(['test'])
    expect(recordOf(records[0]!.parameters).get('state.state')).toBe(1)
    const xml = `<domain type='test'><name>fleeting</name><memory>1024</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>`
    const { domain: fleeting } = await pretence.call('domainCreateXml', { xml })
    await pretence.call('domainDestroyFlags', { domain: fleeting })
    expect((await refusal(pretence.call('domainLookupByName', { name: 'fleeting' }))).code).toBe(
      'VIR_ERR_NO_DOMAIN',
    )
  })

  test('about snapshots', async () => {
    const { pretence, virshTest } = lab()
    const { domain } = await pretence.call('domainLookupByName', { name: 'test' })
    const make = (name: string) =>
      pretence.call('domainSnapshotCreateXml', {
        domain,
        xml: `<domainsnapshot><name>${name}</name></domainsnapshot>`,
      })
    expect(await pretence.call('domainHasCurrentSnapshot', { domain })).toEqual({ has: false })
    const { snapshot } = await make('first')
    expect(snapshot).toMatchObject({ name: 'first', domain: { name: 'test', uuid: domain.uuid } })
    const { snapshot: second } = await make('second')
    const { snapshots } = await pretence.call('domainListAllSnapshots', { domain })
    expect(snapshots.map(({ name }) => [name]).sort()).toEqual(
      rows(await virshTest('snapshot-list', 'test', '--name')),
    )
    expect(await pretence.call('domainSnapshotCurrent', { domain })).toEqual({ snapshot: second })
    expect(await pretence.call('domainSnapshotLookupByName', { domain, name: 'first' })).toEqual({ snapshot })
    expect((await pretence.call('domainSnapshotGetXmlDesc', { snapshot })).xml.trim()).toBe(
      await virshTest('snapshot-dumpxml', 'test', 'first'),
    )
    await pretence.call('domainRevertToSnapshot', { snapshot })
    expect(await virshTest('snapshot-current', 'test', '--name')).toBe('first')
    await pretence.call('domainSnapshotDelete', { snapshot, flags: constants.snapshotDelete.children })
    expect(await pretence.call('domainListAllSnapshots', { domain })).toEqual({ snapshots: [], count: 0 })
    expect((await refusal(pretence.call('domainSnapshotLookupByName', { domain, name: 'first' }))).code).toBe(
      'VIR_ERR_NO_DOMAIN_SNAPSHOT',
    )
  })
}
