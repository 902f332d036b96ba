import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProcedureName } from '../../../../src/providers/kvm/rpc/index.ts'
import { procedures } from '../../../../src/providers/kvm/rpc/protocol/procedures.ts'
import { canHypervise } from '../../../lab/hypervisor/index.ts'
import { askAboutDomains } from './daemon/domains.ts'
import { askAboutHost } from './daemon/host.ts'
import { type DaemonLab, openDaemonLab } from './daemon/lab.ts'
import { askAboutNetworks } from './daemon/networks.ts'
import { askThePretence } from './daemon/pretence.ts'
import { askAboutStorage } from './daemon/storage.ts'

/** Called within others of ours, and tried where those are. */
const elsewhere: readonly ProcedureName[] = [
  'connectOpen',
  'connectClose',
  'connectDomainEventCallbackRegisterAny',
  'connectDomainEventCallbackDeregisterAny',
  'domainOpenConsole',
  'storageVolUpload',
  'storageVolDownload',
]

describe('the daemon at hand answers us as it answers virsh', canHypervise(), () => {
  let lab: DaemonLab
  beforeAll(async () => {
    lab = await openDaemonLab()
  })
  afterAll(() => lab?.close())

  askAboutHost(() => lab)
  askAboutStorage(() => lab)
  askAboutNetworks(() => lab)
  // Its disk and its address are those that the tests before it have made.
  askAboutDomains(() => lab)
  askThePretence(() => lab)

  test('and no procedure of the tables was left out', () => {
    const called = new Set<string>([...lab.called, ...elsewhere])
    expect(Object.keys(procedures).filter(name => !called.has(name))).toEqual([])
  })
})
