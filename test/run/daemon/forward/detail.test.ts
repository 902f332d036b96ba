import { expect, test } from 'vitest'
import type { Json } from '../../../../src/core/json.ts'
import type { Reading } from '../../../../src/core/readings.ts'
import { cloudReadingSchema } from '../../../../src/core/watches/cloud/reading.ts'
import { detailOf } from '../../../../src/run/daemon/forward/detail.ts'
import fc from '../../../support/fast-check.ts'
import { read } from '../../../triggers/watch/make.ts'

const told = (reading: Reading, at = 0) => detailOf({ sensor: 'heat', topic: 'heat', reading, at }, at)

test('a reading is told with its value, and one that is unknown with its reason', () => {
  expect(told(read(71.5, 0), 1_234.6)).toEqual({
    v: 1,
    sensor: 'heat',
    topic: 'heat',
    at: 1_235,
    value: 71.5,
  })
  expect(told(read(null, 0))).toMatchObject({ value: null })
  expect(told({ known: false, reason: 'stale', why: 'it is old' })).toEqual({
    ...{ v: 1, sensor: 'heat', topic: 'heat', at: 0 },
    ...{ reason: 'stale', why: 'it is old' },
  })
})

test('a value that is too large for AWS is unknown there, and says why', () => {
  expect(told(read('x'.repeat(4_094), 0))).toHaveProperty('value')
  expect(told(read('x'.repeat(4_095), 0))).toMatchObject({
    reason: 'unparseable',
    why: expect.stringContaining('more than 4096 bytes'),
  })
})

test('whatever is read is told as who decides in AWS takes it', () => {
  const readings = fc.oneof(
    fc.jsonValue().map(value => read(value as Json, 0)),
    fc.string({ maxLength: 2_000 }).map((why): Reading => ({ known: false, reason: 'failed', why })),
  )
  fc.assert(
    fc.property(readings, reading => {
      // As it comes out of the wire.
      const detail: unknown = JSON.parse(JSON.stringify(told(reading, Date.now())))
      expect(cloudReadingSchema.parse(detail)).toEqual(detail)
    }),
  )
})
