import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseBlocks } from './blocks.ts'
import { runBlock, runsOf, scratchCheckout, writeShown } from './commands.ts'
import { modulesOf } from './modules.ts'
import { typecheck } from './typecheck.ts'

const root = join(import.meta.dirname, '../..')
const fenced = (info: string, ...lines: string[]) => ['```'.concat(info), ...lines, '```', ''].join('\n')
const pageOf = (...blocks: string[]) => parseBlocks('docs/page.md', `# Page\n\n${blocks.join('\n')}`)

describe('the blocks of a page', () => {
  test('carry language, words and the line where their code begins', () => {
    const [block] = pageOf(fenced('sh run exit=1', 'false'))
    expect(block).toEqual({
      page: 'docs/page.md',
      line: 4,
      language: 'sh',
      words: ['run', 'exit=1'],
      code: 'false\n',
    })
  })

  test('lose the indentation of the list that they stand in, and no more', () => {
    const [block] = parseBlocks('README.md', '1. So:\n   ```ts\n   if (a)\n     b()\n   ```\n')
    expect(block?.code).toBe('if (a)\n  b()\n')
  })

  test('may show fences inside a longer fence', () => {
    const [block] = parseBlocks('README.md', '````md\n```ts\n```\n````\n')
    expect(block?.code).toBe('```ts\n```\n')
  })

  test('that never close are refused by page and line', () => {
    expect(() => parseBlocks('README.md', 'a\n```ts\nb\n')).toThrow('README.md:2: this code block is never')
  })
})

describe('TypeScript blocks', () => {
  test('report a mistake at its line in the page', () => {
    const modules = modulesOf(pageOf(fenced('ts', "const name = 'foo'", 'const count: number = name')))
    expect(typecheck(root, modules)).toEqual([
      "docs/page.md:5: Type 'string' is not assignable to type 'number'. (TS2322)",
    ])
  })

  test('are modules of their own that may await, unless they continue the one before', () => {
    const own = pageOf(fenced('ts', 'const a = await 1'), fenced('ts', 'const a: number = 2'))
    expect(typecheck(root, modulesOf(own))).toEqual([])
    const continued = pageOf(fenced('ts', 'const a = 1'), fenced('ts continues', 'const b: string = a'))
    expect(typecheck(root, modulesOf(continued))).toEqual([expect.stringContaining('docs/page.md:8: ')])
  })

  test('import each other by the name in their first line, and the package by its own', () => {
    const page = pageOf(
      fenced('ts', '// file: flows/uptime.ts', "export { pipe } from 're-ops'", 'export const limit = 3'),
      fenced('ts', "import { limit, pipe } from './flows/uptime.ts'", 'const n: number = limit', 'void pipe'),
      fenced('ts', "import { nothing } from 're-ops'", 'void nothing'),
    )
    expect(typecheck(root, modulesOf(page))).toEqual([
      expect.stringContaining("no exported member 'nothing'"),
    ])
  })

  test('refuse a name twice, and a continuation of nothing', () => {
    const named = fenced('ts', '// file: a.ts')
    expect(() => modulesOf(pageOf(named, named))).toThrow('docs/page.md:8: another block')
    expect(() => modulesOf(pageOf(fenced('ts continues', '1')))).toThrow('continues nothing')
  })
})

describe('blocks of shell commands', () => {
  test('say that they are run, or why not, and nothing that means nothing', () => {
    expect(runsOf(pageOf(fenced('sh not-run needs your own hosts', 'reops')))).toEqual([])
    expect(() => runsOf(pageOf(fenced('sh', 'reops')))).toThrow('docs/page.md:4: say')
    expect(() => runsOf(pageOf(fenced('sh not-run', 'reops')))).toThrow('the reason')
    expect(() => runsOf(pageOf(fenced('sh run exit=no', 'reops')))).toThrow('exit=no means nothing here')
  })

  describe('in a scratch checkout', () => {
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'reops-blocks-'))
      await scratchCheckout(root, folder)
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    const statusOf = async (...lines: string[]) => {
      const [run] = runsOf(pageOf(fenced('sh run', ...lines)))
      return (await runBlock(folder, run!)).status
    }

    test('end at the first command that fails, with its status', async () => {
      expect(await statusOf('(exit 3)', 'true')).toBe(3)
      expect(await statusOf('test -f package.json', 'command -v reops')).toBe(0)
    })

    test('find the files that the page has shown by then, and no later one', async () => {
      const page = pageOf(
        fenced('ts', '// file: flows/shown.ts', 'export const a = 1'),
        fenced('sh run', 'test -f flows/shown.ts'),
        fenced('ts', '// file: flows/later.ts', 'export const b = 1'),
      )
      await writeShown(folder, modulesOf(page), runsOf(page)[0]!.block.line)
      expect(await readFile(join(folder, 'flows/shown.ts'), 'utf8')).toContain('export const a = 1\n')
      expect(await statusOf('test -f flows/shown.ts', 'test ! -e flows/later.ts')).toBe(0)
    })
  })
})
