import { describe, expect, test } from 'vitest'
import type { ReaderConfig } from '../../../src/core/asl.ts'
import { readCsv } from '../../../src/executor/readers/csv.ts'
import fc from '../../support/fast-check.ts'

const firstRow: ReaderConfig = { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' }

async function* bytesOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(text: string, config: ReaderConfig = firstRow, chunk = 7, most = 1000) {
  const items: unknown[] = []
  for await (const { value } of readCsv(bytesOf(text, chunk), config, most)) items.push(value)
  return items
}

describe('the fields of a record stand under the names of the header', () => {
  test('from the first row', async () => {
    expect(await read('a,b\n1,2\n3,4\n')).toEqual([
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ])
  })

  test('as given, when the first row is a record too', async () => {
    const given: ReaderConfig = { ...firstRow, CSVHeaderLocation: 'GIVEN', CSVHeaders: ['x', 'y'] }
    expect(await read('a,b', given)).toEqual([{ x: 'a', y: 'b' }])
  })

  test('with empty texts for fields that are missing, and without those that are too many', async () => {
    expect(await read('a,b\n1\n1,2,3')).toEqual([
      { a: '1', b: '' },
      { a: '1', b: '2' },
    ])
  })

  test('even under a name that objects have', async () => {
    expect(Object.entries((await read('__proto__,b\n1,2'))[0]!)).toEqual([
      ['__proto__', '1'],
      ['b', '2'],
    ])
  })
})

test.each([
  ['PIPE', '|'],
  ['SEMICOLON', ';'],
  ['SPACE', ' '],
  ['TAB', '\t'],
  ['COMMA', ','],
] as const)('delimits by %s', async (CSVDelimiter, character) => {
  expect(await read(`a${character}b\n1${character}2`, { ...firstRow, CSVDelimiter })).toEqual([
    { a: '1', b: '2' },
  ])
})

describe('a field', () => {
  test.each([
    ['in quotes holds delimiters, ends of lines and quotes', '"x,y\r\n""z"""', 'x,y\r\n"z"'],
    ['loses a backslash, but not what it stands before', '\\a\\,\\"\\\\', 'a,"\\'],
    ['has a quote where it does not begin with one', 'x"y', 'x"y'],
    ['goes on after its quotes', '"x"y', 'xy'],
    ['may be empty in its quotes', '""', ''],
  ])('%s', async (_, text, value) => {
    for (const chunk of [1, 2, 3, 100])
      expect(await read(`a\n${text}`, firstRow, chunk)).toEqual([{ a: value }])
  })
})

test('lines end in any way, and blank ones are no records', async () => {
  expect(await read('\uFEFFa\r\n1\r\r\n\n2\n\n3')).toEqual([{ a: '1' }, { a: '2' }, { a: '3' }])
})

test.each([
  ['a header that names a column twice', 'a,b,a\n1,2,3', 'CSV headers cannot contain duplicates.'],
  ['a quote that is not closed', 'a\n"x', 'ends within a quoted field'],
  ['a record without end', `a\n"${'x'.repeat(2000)}`, 'longer than 1000 characters'],
  ['a header beyond 10 KiB', `${Array.from({ length: 4000 }, (_, i) => i).join(',')}\n`, 'longer than'],
])('refuses %s', async (_, text, message) => {
  await expect(read(text, firstRow, 64, text.length > 9000 ? 1_000_000 : 1000)).rejects.toThrow(message)
})

test('reads what was written by the rules, however it is cut', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', 'ä', ' '), maxLength: 6 })
  const records = fc.array(fc.tuple(field, field), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(records, fc.integer({ min: 1, max: 9 }), async (rows, chunk) => {
      const quoted = rows.map(row => row.map(text => `"${text.replaceAll('"', '""')}"`).join(','))
      expect(await read(['a,b', ...quoted].join('\r\n'), firstRow, chunk)).toEqual(
        rows.map(([a, b]) => ({ a, b })),
      )
    }),
  )
})
