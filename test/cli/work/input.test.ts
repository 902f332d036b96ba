import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { CommandContext } from '../../../src/cli/context.ts'
import { readInput } from '../../../src/cli/work/input.ts'
import { project } from '../harness.ts'

const schema = z.strictObject({
  path: z.string().default('/'),
  size: z.number().optional(),
  deep: z.boolean().optional(),
  tags: z.array(z.string()).optional(),
  mode: z.enum(['fast', 'slow', '1']).optional(),
  disk: z.object({ gb: z.number(), name: z.string() }).partial().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  any: z.any().optional(),
  either: z.union([z.string(), z.number()]).optional(),
})

const read = (input: readonly string[], more: { file?: string; stdin?: string; cwd?: string } = {}) =>
  readInput(
    { stdin: new PassThrough().end(more.stdin ?? ''), cwd: more.cwd ?? '/' } as unknown as CommandContext,
    {
      flags: { input, ...(more.file === undefined ? {} : { 'input-file': more.file }) },
      words: [],
      rest: undefined,
    },
    schema,
  )

describe('--input', () => {
  test.each([
    [['path=/etc'], { path: '/etc' }],
    [['path=5'], { path: '5' }],
    [['path=a=b'], { path: 'a=b' }],
    [['path='], { path: '' }],
    [['size=5'], { size: 5 }],
    [['size=five'], { size: 'five' }],
    [['deep=true'], { deep: true }],
    [['tags=["a","b"]'], { tags: ['a', 'b'] }],
    [['mode=1'], { mode: '1' }],
    [['disk.gb=20', 'disk.name=20'], { disk: { gb: 20, name: '20' } }],
    [['labels.rack=7'], { labels: { rack: '7' } }],
    [['any={"a":1}'], { any: { a: 1 } }],
    [['either=5'], { either: '5' }],
    [['nobody=5'], { nobody: 5 }],
    [['path=a', 'path=b'], { path: 'b' }],
  ])('%j is %j', async (words, input) => {
    expect(JSON.parse(JSON.stringify(await read(words)))).toEqual(input)
  })

  test('never reaches what objects share', async () => {
    await read(['__proto__.polluted=1', 'constructor.prototype.polluted=1'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test.each(['path', '=5', ''])('%j is refused', async word => {
    await expect(read([word])).rejects.toThrow('has no value')
  })
})

describe('--input-file', () => {
  test('is laid under --input', async () => {
    const cwd = await project({ 'in.json': '{ "path": "/a", "disk": { "gb": 1, "name": "x" } }' })
    const input = await read(['disk.gb=2'], { file: 'in.json', cwd })
    expect(JSON.parse(JSON.stringify(input))).toEqual({ path: '/a', disk: { gb: 2, name: 'x' } })
  })

  test('- is stdin', async () => {
    expect(await read([], { file: '-', stdin: '{"path":"/b"}' })).toEqual({ path: '/b' })
  })

  test.each([
    ['absent.json', "--input-file absent.json can't be read"],
    ['broken.json', '--input-file broken.json is not JSON'],
    ['list.json', '--input-file list.json holds no object'],
  ])('%s is refused by name', async (file, said) => {
    const cwd = await project({ 'broken.json': '{', 'list.json': '[]' })
    await expect(read(['path=x'], { file, cwd })).rejects.toThrow(said)
  })
})
