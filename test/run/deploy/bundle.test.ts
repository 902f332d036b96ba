import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleFunction, type FunctionBundle } from '../../../src/run/deploy/bundle.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folders: string[] = []
afterAll(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

const listing = `
import { flow, hosts, ls, pick, pipe, successful } from 're-ops'
import * as z from 'zod'
export const listing = flow({
  input: z.strictObject({}),
  steps: pipe(ls(hosts(['foo']), '/'), pick(successful)),
})
`

/** A project of a user's own, in which the package is installed. */
async function project(flows: string) {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'reops-project-')))
  folders.push(folder)
  await mkdir(path.join(folder, 'node_modules'))
  await symlink(root, path.join(folder, 'node_modules/re-ops'), 'dir')
  await symlink(path.join(root, 'node_modules/zod'), path.join(folder, 'node_modules/zod'), 'dir')
  await mkdir(path.join(folder, 'flows'))
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }\n')
  await writeFile(path.join(folder, 'flows/index.ts'), flows)
  return { folder, flows: path.join(folder, 'flows/index.ts') }
}

async function bundle(flows: string, capability = 'code') {
  const made = await project(flows)
  return bundleFunction({ capability, project: made, outdir: path.join(made.folder, 'out'), arch: 'x64' })
}

describe('a bundle of a function', () => {
  let made: FunctionBundle
  beforeAll(async () => {
    made = await bundle(listing)
  })

  test('is the same wherever the project is, and another where the project is another', async () => {
    const again = await bundle(listing)
    expect(again.sha256).toBe(made.sha256)
    expect(again.bytes).toBe(made.bytes)
    const changed = await bundle(listing.replace('successful)', 'result => result.ok)'))
    expect(changed.sha256).not.toBe(made.sha256)
  })

  test('has its entry and what that loads, and neither sources nor what no flow uses', async () => {
    const { folder, entry, metafile } = made
    const names = (await readdir(folder, { recursive: true })).sort()
    expect(names).toContain(entry)
    expect(names.filter(name => !name.endsWith('.mjs') && name !== 'chunks')).toEqual([])
    expect(await readdir(`${folder}.maps`)).toContain('index.mjs.map')
    const sources = Object.keys(metafile.inputs).filter(name => !/(^|\/)node_modules\//.test(name))
    expect(sources.length).toBeGreaterThan(20)
    const { inputs } = metafile.outputs['index.mjs']!
    expect(
      Object.keys(inputs).filter(name => /run\/default|executor\/run|provision\/|check\/check/.test(name)),
    ).toEqual([])
    const text = await readFile(path.join(folder, entry), 'utf8')
    expect(text).not.toContain(root)
    expect(text).not.toContain(tmpdir())
  })

  test('loads by itself, with nothing of the project beside it', async () => {
    const { folder, entry } = made
    const loaded = (await import(/* @vite-ignore */ pathToFileURL(path.join(folder, entry)).href)) as object
    expect(loaded).toMatchObject({ handler: expect.any(Function) })
  })

  test('of the bridge brings zeromq along, its native modules and its licences', async () => {
    const { folder } = await bundle(listing, 'bridge')
    const names = await readdir(path.join(folder, 'node_modules/zeromq'), { recursive: true })
    expect(names).toEqual(
      expect.arrayContaining(['package.json', 'lib/index.js', 'native/0.node', 'LICENSE.txt']),
    )
  })

  test('says what of the flows can not be loaded', async () => {
    await expect(bundle(`import 'no-such-package'\n${listing}`)).rejects.toMatchObject({
      name: 'InvalidConfig',
      message: expect.stringContaining('no-such-package'),
    })
  })
})
