import { mkdir, readFile, rename, rm, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { makeProject, project } from '../harness.ts'
import { reops } from '../real.ts'

const source = (description: string, more = '') => `
import { flow, query } from 're-ops'
import * as z from 'zod'
${more}
export const count = flow({
  description: ${description},
  input: z.strictObject({ from: z.number(), step: z.number().default(2), mode: z.enum(['up', 'down']).optional() }),
  steps: query('$states.input'),
})
`

/** Files are only remembered once they have been left alone for two seconds. */
const still = 2_300

const flows = async (cwd: string, words: readonly string[] = [], env: Record<string, string> = {}) =>
  reops(['flows', ...words], { cwd, env })
const remembered = (cwd: string) => path.join(cwd, '.reops', 'cache', 'flows.json')
const isRemembered = (cwd: string) =>
  stat(remembered(cwd)).then(
    () => true,
    () => false,
  )

/** A project whose listing is remembered. */
async function settled(files: Record<string, string>): Promise<string> {
  const folder = await project(files)
  await sleep(still)
  await flows(folder)
  expect(await isRemembered(folder)).toBe(true)
  return folder
}

/** Writes a file and gives it back the times that it had, as a tool that wants to deceive would. */
async function rewrite(file: string, text: string): Promise<void> {
  const { atime, mtime } = await stat(file)
  await writeFile(file, text)
  await utimes(file, atime, mtime)
}

describe('flows', () => {
  test('lists names, descriptions and inputs, also a second time', async () => {
    const folder = await settled({ 'flows/index.ts': source("'count on'") })
    const text =
      'count  count on\n       --input from=<number>\n       --input step=<number>  (2)\n       --input mode=<"up"|"down">  (optional)\n'
    expect(await flows(folder)).toEqual({ status: 0, stdout: text, stderr: '' })
    expect(JSON.parse((await flows(folder, ['--json'])).stdout)).toEqual({
      flows: [
        {
          name: 'count',
          description: 'count on',
          input: [
            { name: 'from', type: 'number', required: true },
            { name: 'step', type: 'number', required: false, default: '2' },
            { name: 'mode', type: '"up"|"down"', required: false },
          ],
        },
      ],
    })
  })

  test('says what is missing where there are none', async () => {
    const folder = await project()
    expect(await flows(folder)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there are no flows here'),
    })
    await mkdir(path.join(folder, 'flows'))
    await writeFile(path.join(folder, 'flows/index.ts'), 'export {}')
    expect((await flows(folder)).stdout).toContain('no flows')
  })
})

describe('a remembered listing', () => {
  test('is used without loading the flows', async () => {
    const folder = await settled({ 'flows/index.ts': source("'count on'") })
    const kept = await readFile(remembered(folder), 'utf8')
    await writeFile(remembered(folder), kept.replace('count on', 'from memory'))
    expect((await flows(folder)).stdout).toContain('from memory')
  })

  test.concurrent('is not made of files that were just written', async () => {
    const folder = await makeProject({ 'flows/index.ts': source("'a'") })
    await flows(folder)
    expect(await isRemembered(folder)).toBe(false)
    await rm(folder, { recursive: true })
  })

  const files = {
    'flows/index.ts': `export * from './count.ts'`,
    'flows/count.ts': source('words', `import { words } from '../words.ts'`),
    'words.ts': `export const words = 'old words'`,
    'reops.config.ts': 'export default {}',
    'other/index.ts': source(`'elsewhere'`),
  }
  const changes: Record<string, readonly [(folder: string) => Promise<unknown>, string]> = {
    'the flows': [
      folder => rewrite(path.join(folder, 'flows/index.ts'), `export {} //${' '.repeat(14)}`),
      'no flows',
    ],
    'a module that they import': [
      folder => rewrite(path.join(folder, 'words.ts'), `export const words = 'new words'`),
      'new words',
    ],
    'the configuration': [
      folder => writeFile(path.join(folder, 'reops.config.ts'), `export default { flows: 'other/index.ts' }`),
      'elsewhere',
    ],
    'a module that is gone and came back': [
      async folder => {
        await writeFile(path.join(folder, 'next.ts'), `export const words = 'new words'`)
        await rename(path.join(folder, 'next.ts'), path.join(folder, 'words.ts'))
      },
      'new words',
    ],
    'a nearer package': [
      async folder => {
        const nearer = path.join(folder, 'flows/node_modules/re-ops')
        await mkdir(nearer, { recursive: true })
        await writeFile(path.join(nearer, 'package.json'), '{ "type": "module", "exports": "./index.js" }')
        const real = pathToFileURL(path.join(folder, 'node_modules/re-ops/src/index.ts')).href
        const text = `import { flow as real } from '${real}'\nexport * from '${real}'\nexport const flow = o => real({ ...o, description: 'by another package' })`
        await writeFile(path.join(nearer, 'index.js'), text)
      },
      'by another package',
    ],
    'itself, into something that is no JSON': [
      folder => writeFile(remembered(folder), '{"format":1,'),
      'old words',
    ],
  }
  test.concurrent.each(Object.keys(changes))('is never used after a change of %s', async name => {
    const folder = await makeProject(files)
    await sleep(still)
    expect((await flows(folder)).stdout).toContain('old words')
    expect(await isRemembered(folder)).toBe(true)
    const [change, said] = changes[name]!
    await change(folder)
    expect((await flows(folder)).stdout).toContain(said)
    await rm(folder, { recursive: true })
  })

  test.concurrent.each([
    ['the environment', source('process.env.WORDS')],
    ['a file', source(`readFileSync('words.txt', 'utf8')`, `import { readFileSync } from 'node:fs'`)],
    ['the time', source('new Date().toISOString()')],
    ['something imported at run time', source('words', `const { words } = await import('../words.ts')`)],
    ['a link', source('words', `import { words } from './link.ts'`)],
  ])('is not made where %s decides', async (_what, text) => {
    const folder = await makeProject({
      'flows/index.ts': text,
      'words.ts': `export const words = 'a'`,
      'words.txt': 'a',
    })
    await symlink(path.join(folder, 'words.ts'), path.join(folder, 'flows', 'link.ts'))
    await sleep(still)
    expect((await flows(folder, [], { WORDS: 'a' })).status).toBe(0)
    expect(await isRemembered(folder)).toBe(false)
    await rm(folder, { recursive: true })
  })

  test.concurrent('belongs to its configuration alone', async () => {
    const folder = await makeProject({
      ...files,
      'b.config.ts': `export default { flows: 'other/index.ts' }`,
    })
    await sleep(still)
    await flows(folder)
    expect((await flows(folder, ['--config', 'b.config.ts'])).stdout).toContain('elsewhere')
    expect((await flows(folder)).stdout).toContain('old words')
    await unlink(path.join(folder, 'reops.config.ts'))
    await writeFile(path.join(folder, 'reops.config.ts'), `export default { flows: 'other/index.ts' }`)
    expect((await flows(folder)).stdout).toContain('elsewhere')
    await rm(folder, { recursive: true })
  })
})
