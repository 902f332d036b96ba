import path from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')

test('the flows bundle without anything that reaches the world', async () => {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['flows/index.ts'],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
  })
  const inputs = Object.keys(metafile.inputs)
  const packages = new Set(
    inputs.flatMap(input => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? []),
  )
  const ours = inputs.filter(input => input.startsWith('src/')).map(input => input.split('/')[1])

  expect([...packages]).toEqual(['zod'])
  expect(new Set(ours)).toEqual(new Set(['core', 'operations', 'index.ts']))
  expect(outputFiles[0]!.contents.byteLength).toBeLessThan(1_000_000)
})
