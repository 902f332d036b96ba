import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refusalCodes } from '../../src/compile/check/refusal.ts'
import { compile } from '../../src/compile/compile.ts'
import { isOperation, type Operation } from '../../src/core/operation/operation.ts'

const root = path.join(import.meta.dirname, '../..')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reops-pages-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(refusalCodes)('the page of %s', code => {
  test('shows what is refused before, and taken after', async () => {
    const page = await readFile(path.join(root, 'docs/errors', `${code}.md`), 'utf8')
    const [before, after] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(match => match[1]!)
    await expect(compileShown(code, 'before', before!)).rejects.toMatchObject({ code })
    await compileShown(code, 'after', after!)
  })
})

/** Compiles what an example exports; an operation that has yet to be called is called with nothing. */
async function compileShown(code: string, which: string, text: string): Promise<void> {
  const file = path.join(folder, `${code}-${which}.ts`)
  const own = text
    .replaceAll("from 're-ops'", `from '${pathToFileURL(path.join(root, 'src/index.ts'))}'`)
    .replaceAll("from 'zod'", `from '${import.meta.resolve('zod')}'`)
    .replaceAll(
      'declare const closet: Hosts',
      "const closet: Hosts = { via: 'ssh', defaults: {}, hosts: [{ name: 'foo' }] }",
    )
  await writeFile(file, own)
  const exported = Object.entries((await import(pathToFileURL(file).href)) as Record<string, unknown>)
  expect(exported).not.toEqual([])
  for (const [name, value] of exported) {
    const operation = isOperation(value) ? value : (value as (args: object) => Operation<any, unknown>)({})
    compile(operation, name)
  }
}
