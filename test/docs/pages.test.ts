import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocksOf, pages } from './blocks.ts'
import { runBlock, runsOf, scratchCheckout, writeShown } from './commands.ts'
import { modulesOf } from './modules.ts'
import { typecheck } from './typecheck.ts'

const root = join(import.meta.dirname, '../..')
const shown = pages(root).map(page => {
  const blocks = blocksOf(root, page)
  return { page, modules: modulesOf(blocks), runs: runsOf(blocks) }
})

test('every TypeScript block in the pages type-checks', { timeout: 120_000 }, () => {
  const modules = shown.flatMap(page => page.modules)
  expect(typecheck(root, modules)).toEqual([])
})

for (const { page, modules, runs } of shown.filter(({ runs }) => runs.length > 0)) {
  describe(`the commands of ${page}`, () => {
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'reops-page-'))
      await scratchCheckout(root, folder)
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    for (const run of runs) {
      const { line } = run.block
      test(`line ${line} exits ${run.exit}`, { timeout: (run.seconds + 5) * 1000 }, async () => {
        await writeShown(folder, modules, line)
        const { status, output } = await runBlock(folder, run)
        expect(status, output).toBe(run.exit)
      })
    }
  })
}
