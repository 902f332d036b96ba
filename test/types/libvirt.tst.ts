import { describe, expect, test } from 'tstyche'
import type { Answer, DomainEvent, DomainRef, Input, Libvirt } from '../../src/providers/kvm/rpc/index.ts'

declare const libvirt: Libvirt
declare const domain: DomainRef

describe('libvirt', () => {
  test('answers what its tables say', () => {
    expect(libvirt.call('domainLookupByName', { name: 'big-iron' })).type.toBe<
      Promise<{ readonly domain: { readonly name: string; readonly uuid: string; readonly id: number } }>
    >()
    expect<Answer<'domainDestroyFlags'>>().type.toBe<undefined>()
    expect<Answer<'domainGetInfo'>['memoryKib']>().type.toBe<bigint>()
  })

  test('takes what its tables say', () => {
    expect<Input<'domainSetMemoryFlags'>['memoryKib']>().type.toBe<bigint | number>()
    expect(libvirt.call).type.toBeCallableWith('domainCreateWithFlags', { domain })
    expect(libvirt.call).type.toBeCallableWith('domainCreateWithFlags', { domain, flags: 1 })
    expect(libvirt.call).type.not.toBeCallableWith('domainCreateWithFlags', {})
    expect(libvirt.call).type.not.toBeCallableWith('domainLookupByName', { name: 'a', flags: 1 })
    expect(libvirt.call).type.not.toBeCallableWith('domainSelfDestruct', {})
  })

  test('leaves out what nobody chooses', () => {
    expect<Input<'connectListAllDomains'>>().type.not.toHaveProperty('needResults')
  })

  test('tells events by their kind', () => {
    expect<DomainEvent<'reboot'>>().type.toBe<{ readonly kind: 'reboot' } & { readonly domain: DomainRef }>()
    expect<DomainEvent<'deviceAdded'>['device']>().type.toBe<string>()
    expect<DomainEvent>().type.not.toHaveProperty('callbackId')
  })
})
