import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { ExecuteOptions } from '../../../src/executor/index.ts'
import { output, run, start } from '../harness.ts'

const get = 'arn:aws:states:::s3:getObject'
const list = 'arn:aws:states:::s3:listObjectsV2'
const pass = { Type: 'Pass', End: true }

function each(ItemReader: object, more: object = {}) {
  return {
    M: {
      Type: 'Map',
      ItemReader: { Resource: get, Arguments: { Bucket: 'b', Key: 'k' }, ...ItemReader },
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'I', States: { I: pass } },
      End: true,
      ...more,
    },
  }
}

/** A store of texts, which gives them out in small pieces. */
function store(objects: Readonly<Record<string, string | Buffer>>): Partial<ExecuteOptions> {
  const keys = Object.keys(objects)
  return {
    readObject: async ({ arguments: { Bucket, Key } }: any) => {
      const content = objects[Key]
      if (Bucket !== 'b' || content === undefined) throw new Error('The specified key does not exist.')
      return (async function* () {
        const bytes = Buffer.from(content as string)
        for (let at = 0; at < bytes.length; at += 5) yield bytes.subarray(at, at + 5)
      })()
    },
    listObjects: async function* ({ arguments: { Prefix = '' } }: any) {
      for (const key of keys) {
        if (key.startsWith(Prefix)) yield { key, size: objects[key]!.length, modified: 1_500, etag: 'abc' }
      }
    },
  }
}

const failed = (message: string) => ({
  status: 'FAILED',
  error: 'States.ItemReaderFailed',
  cause: `An error occurred while executing the state 'M' (entered at the event id #2). ${message}`,
})

describe('JSON', () => {
  const read = (text: string, config: object = {}, more: object = {}) =>
    output(each({ ReaderConfig: { InputType: 'JSON', ...config } }, more), { ...store({ k: text }) })

  test('is an array, or one at the end of a pointer', async () => {
    expect(await read('[1,{"a":2}]')).toEqual([1, { a: 2 }])
    expect(await read('{"a":{"b/c":[1,2]}}', { ItemsPointer: '/a/b~1c' })).toEqual([1, 2])
    expect(await read('[1]', { ItemsPointer: '' })).toEqual([1])
  })

  test('may be an object, of which each pair is an item', async () => {
    expect(await read('{"a":{"x":1},"b":2}')).toEqual([
      { Key: 'a', Value: { x: 1 } },
      { Key: 'b', Value: 2 },
    ])
    const ItemSelector = '{% $states.context.Map.Item %}'
    expect(await read('{"a":{"x":1}}', {}, { ItemSelector })).toEqual([
      { Index: 0, Key: 'a', Value: { x: 1 } },
    ])
  })

  test.each([
    [
      'a pointer to nothing',
      '{"a":[]}',
      { ItemsPointer: '/b' },
      'The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON structure.',
    ],
    [
      'a pointer to what objects inherit',
      '{"a":[]}',
      { ItemsPointer: '/constructor' },
      'The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON structure.',
    ],
    ['a number', '123', {}, 'Attempting to map over non-iterable node.'],
    ['a pointer to a text', '{"a":"x"}', { ItemsPointer: '/a' }, 'Attempting to map over non-iterable node.'],
  ])('refuses %s', async (_, text, config, message) => {
    expect(await read(text, config)).toEqual(failed(message))
  })

  test('refuses what is no JSON, and what does not fit into memory', async () => {
    expect(await read('{"a"')).toMatchObject({ cause: expect.stringContaining('The object is not JSON') })
    const states = each({ ReaderConfig: { InputType: 'JSON' } })
    expect(await run(states, { ...store({ k: '[1,2,3,4]' }), limits: { datasetChars: 5 } })).toMatchObject({
      error: 'States.ItemReaderFailed',
      cause: expect.stringContaining('longer than 5 characters'),
    })
  })
})

describe('JSON Lines', () => {
  test('are items, up to MaxItems, and what comes after is not read', async () => {
    const config = { InputType: 'JSONL', MaxItems: '{% $states.input.n %}' }
    const text = '{"a":1}\n\n  \r\n[2]\nnot read'
    expect(await output(each({ ReaderConfig: config }), { input: { n: 2 }, ...store({ k: text }) })).toEqual([
      { a: 1 },
      [2],
    ])
  })

  test('names the line that is broken, after the children before it have run', async () => {
    const { execution, types } = start(each({ ReaderConfig: { InputType: 'JSONL' } }), {
      ...store({ k: '1\n2\n{' }),
    })
    expect(await execution.result()).toMatchObject({ cause: expect.stringContaining('Line 3 is not JSON') })
    expect(types()).toContain('MapRunFailed')
  })

  test('a line without end is refused', async () => {
    const states = each({ ReaderConfig: { InputType: 'JSONL' } })
    const limits = { recordChars: 100 }
    expect(await run(states, { ...store({ k: `"${'x'.repeat(500)}"` }), limits })).toEqual(
      failed('A line is longer than 100 characters'),
    )
  })
})

test('CSV is read as its configuration says', async () => {
  const config = {
    InputType: 'CSV',
    CSVHeaderLocation: 'GIVEN',
    CSVHeaders: ['x', 'y'],
    CSVDelimiter: 'PIPE',
  }
  expect(await output(each({ ReaderConfig: config }), { ...store({ k: '1|2\n3|4' }) })).toEqual([
    { x: '1', y: '2' },
    { x: '3', y: '4' },
  ])
})

test("a duplicate in the header fails the run in AWS's words", async () => {
  const config = { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' }
  expect(await run(each({ ReaderConfig: config }), { ...store({ k: 'a,a\n1,2' }) })).toEqual(
    failed('CSV headers cannot contain duplicates.'),
  )
})

describe('a listing', () => {
  const objects = { 'in/1.jsonl': '1\n2\n', 'in/2.jsonl': '3\n', 'out/3.jsonl': '4\n' }
  const Arguments = { Bucket: 'b', Prefix: 'in/' }

  test('has an item for each object', async () => {
    expect(await output(each({ Resource: list, Arguments }), store(objects))).toEqual([
      { Etag: '"abc"', Key: 'in/1.jsonl', LastModified: 1.5, Size: 4, StorageClass: 'STANDARD' },
      { Etag: '"abc"', Key: 'in/2.jsonl', LastModified: 1.5, Size: 2, StorageClass: 'STANDARD' },
    ])
  })

  test('may be empty', async () => {
    expect(
      await output(each({ Resource: list, Arguments: { Bucket: 'b', Prefix: 'no' } }), store(objects)),
    ).toEqual([])
  })

  test('is loaded and flattened', async () => {
    const ReaderConfig = { InputType: 'JSONL', Transformation: 'LOAD_AND_FLATTEN' }
    expect(await output(each({ Resource: list, Arguments, ReaderConfig }), store(objects))).toEqual([1, 2, 3])
  })
})

describe('a manifest', () => {
  test('of an inventory names files in CSV, packed', async () => {
    const manifest = {
      destinationBucket: 'arn:aws:s3:::b',
      fileFormat: 'CSV',
      fileSchema: 'Bucket, Key, Size',
      files: [{ key: 'data/1.csv.gz' }, { key: 'data/2.csv' }],
    }
    const objects = {
      k: JSON.stringify(manifest),
      'data/1.csv.gz': gzipSync('"x","a.txt","1"\n"x","b.txt","2"\n'),
      'data/2.csv': '"x","c.txt","3"\n',
    }
    const states = each({ ReaderConfig: { InputType: 'MANIFEST' } })
    expect(await output(states, store(objects))).toEqual([
      { Bucket: 'x', Key: 'a.txt', Size: '1' },
      { Bucket: 'x', Key: 'b.txt', Size: '2' },
      { Bucket: 'x', Key: 'c.txt', Size: '3' },
    ])
    expect(await run(states, store({ k: '{"files":[]}' }))).toEqual(
      failed('The object is no manifest of an S3 inventory'),
    )
    expect(await run(states, store({ ...objects, 'data/1.csv.gz': 'not packed' }))).toMatchObject({
      error: 'States.ItemReaderFailed',
    })
  })

  test('of Athena lists places', async () => {
    const states = each({ ReaderConfig: { ManifestType: 'ATHENA_DATA', InputType: 'JSONL' } })
    const objects = { k: 's3://b/1\n"s3://b/2"\n', '1': '1\n', '2': '2\n' }
    expect(await output(states, store(objects))).toEqual([1, 2])
    expect(await run(states, store({ k: 'file:///etc/passwd' }))).toMatchObject({
      cause: expect.stringContaining('is no place of the form s3://bucket/key'),
    })
  })
})

test.each([
  ['an object that is not there', { Key: 'none', Bucket: 'b' }, 'The specified key does not exist.'],
  ['no key', { Bucket: 'b' }, 'The Arguments of the ItemReader must name a Bucket and a Key'],
])('%s fails the Map, which may catch it', async (_, Arguments, message) => {
  const states = each({ Arguments, ReaderConfig: { InputType: 'JSON' } })
  expect(await run(states, store({ k: '[]' }))).toEqual(failed(message))
  const Catch = [{ ErrorEquals: ['States.ItemReaderFailed'], Next: 'C', Output: 'caught' }]
  expect(await output({ M: { ...states.M, Catch }, C: pass }, store({}))).toBe('caught')
})

test('without a store a reader fails', async () => {
  expect(await run(each({}))).toEqual(failed('There is no store here that items could be read from'))
  expect(await run(each({ Resource: list }))).toEqual(
    failed('There is no store here whose objects could be listed'),
  )
})

test('no more is read than there is room for children', async () => {
  let given = 0
  let most = 0
  const readObject: ExecuteOptions['readObject'] = async () =>
    (async function* () {
      for (; given < 200; given++) yield Buffer.from(`${given}\n`)
    })()
  const states = {
    M: {
      ...each({ ReaderConfig: { InputType: 'JSONL' } }).M,
      MaxConcurrency: 4,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED' },
        StartAt: 'I',
        States: { I: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true } },
      },
    },
  }
  let answered = 0
  const invoke = async () => {
    await new Promise(resolve => setImmediate(resolve))
    most = Math.max(most, given - answered++)
    return 0
  }
  expect(await output(states, { readObject, invoke })).toHaveLength(200)
  expect(most).toBeLessThan(12)
})
