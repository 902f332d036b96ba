import { parseSpec } from '../../src/core/systems/spec.ts'
import { conformance } from '../providers/conformance.ts'
import { systemOf } from '../providers/kvm/iron.ts'
import { fakeProvider } from './provider.ts'

// What is tried with the fake holds for real ones only as far as it keeps their promises.
conformance('the fake provider', {}, async () => {
  const provider = fakeProvider({ nodes: ['big-iron'] })
  return {
    provider,
    spec: parseSpec({ provider: 'kvm', node: 'big-iron', os: 'blank' }),
    login: { user: 'ops', keys: [] },
    newSystem: hostname => systemOf(hostname),
    inventory: async () => [...provider.machines.values()].map(({ label }) => label).toSorted(),
    close: () => provider.close(),
  }
})
