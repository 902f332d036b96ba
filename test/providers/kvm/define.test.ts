import { expect, test } from 'vitest'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import { defineDomain } from '../../../src/providers/kvm/define.ts'
import type { Desk } from '../../../src/providers/kvm/hypervisor.ts'
import { testJob } from '../../support/job.ts'

const unread = () =>
  new SystemTrouble(
    'exception',
    "big-iron: internal error: Unable to parse RNG domain.rng: Error type 'int' …",
  )

/** A desk at which defining fails with these, one after the other, and then goes well. */
function deskWith(...troubles: Error[]): { readonly desk: Desk; readonly made: string[] } {
  const made: string[] = []
  const make = async (_name: string, { xml }: { xml: string }) => {
    made.push(xml)
    const trouble = troubles.shift()
    if (trouble) throw trouble
  }
  return { desk: { job: testJob(), make } as unknown as Desk, made }
}

test('a definition that met a schema half set up is asked for again', async () => {
  const { desk, made } = deskWith(unread(), unread())
  await defineDomain(desk, 'redis-1', '<domain/>')
  expect(made).toEqual(['<domain/>', '<domain/>', '<domain/>'])
})

test('a schema that stays unreadable is told', async () => {
  const { desk, made } = deskWith(unread(), unread(), unread(), unread(), unread())
  await expect(defineDomain(desk, 'redis-1', '<domain/>')).rejects.toThrow('Unable to parse RNG')
  expect(made).toHaveLength(4)
})

test('any other refusal is told at once', async () => {
  const { desk, made } = deskWith(new SystemTrouble('refused', 'big-iron has redis-1 already'))
  await expect(defineDomain(desk, 'redis-1', '<domain/>')).rejects.toThrow('has redis-1 already')
  expect(made).toHaveLength(1)
})
