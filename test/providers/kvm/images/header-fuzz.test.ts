import { expect, test } from 'vitest'
import { BadImage } from '../../../../src/providers/kvm/images/bad-image.ts'
import { readImageHeader } from '../../../../src/providers/kvm/images/header.ts'
import { requireTemplate } from '../../../../src/providers/kvm/images/template.ts'
import fc from '../../../support/fast-check.ts'
import { qcow2 } from './images.ts'

async function survives(bytes: Uint8Array): Promise<void> {
  try {
    const header = await readImageHeader(bytes)
    if (header.format === 'qcow2') {
      expect(Number.isSafeInteger(header.virtualSize)).toBe(true)
      expect(header.backing?.file.length ?? 0).toBeLessThan(1024)
    }
    requireTemplate(header)
  } catch (error) {
    if (!(error instanceof BadImage)) throw error
    expect(error.message.length).toBeLessThan(600)
  }
}

const changed = fc
  .array(fc.tuple(fc.nat({ max: 300 }), fc.constantFrom(0, 1, 7, 72, 104, 127, 128, 255)), { maxLength: 8 })
  .map(changes => {
    const bytes = qcow2()
    for (const [at, value] of changes) bytes[at] = value
    return bytes
  })

test('any bytes are read or refused', () =>
  fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 1200 }), survives), { numRuns: 500 }))

test('any bytes behind the magic are read or refused', () =>
  fc.assert(
    fc.asyncProperty(fc.constantFrom(2, 3), fc.uint8Array({ maxLength: 400 }), (version, rest) =>
      survives(Buffer.concat([Buffer.from(`QFI\xfb\0\0\0${String.fromCharCode(version)}`, 'latin1'), rest])),
    ),
    { numRuns: 1000 },
  ))

test('a sound header with some bytes changed is read or refused', () =>
  fc.assert(fc.asyncProperty(changed, survives), { numRuns: 1000 }))

test('a header cut anywhere is read or refused', () =>
  fc.assert(
    fc.asyncProperty(changed, fc.nat({ max: 400 }), (bytes, length) => survives(bytes.subarray(0, length))),
    { numRuns: 500 },
  ))
