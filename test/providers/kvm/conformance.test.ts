import { parseSpec } from '../../../src/core/systems/spec.ts'
import { canHypervise } from '../../lab/hypervisor/index.ts'
import { conformance } from '../conformance.ts'
import { login, openIron, systemOf } from './iron.ts'

conformance('a hypervisor', canHypervise(), async () => {
  const lab = await openIron()
  const spec = parseSpec({ provider: 'kvm', node: 'big-iron', os: 'blank', ram: 64 })
  return {
    provider: lab.kvm,
    spec,
    login,
    newSystem: hostname => systemOf(hostname, { volumes: [{ size: 1, name: 'data', keep: false }] }),
    inventory: async () => [...(await lab.domains()), ...(await lab.volumes())].toSorted(),
    close: lab.close,
  }
})
