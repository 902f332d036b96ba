import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { configSchema } from '../../src/core/config.ts'
import { InvalidArguments } from '../../src/core/errors.ts'
import { typesPort } from '../../src/core/systems/type-flows.ts'
import { loadFlows } from '../../src/run/flows.ts'

const index = path.join(import.meta.dirname, '../../src/index.ts')

async function flowsOf(text: string) {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-flows-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(path.join(folder, 'flows.ts'), `import { exec, source, type } from '${index}'\n${text}`)
  return loadFlows({ config: configSchema.parse({ flows: 'flows.ts' }), folder, file: undefined })
}

test('types that are exported are flows too, which a runtime knows them by', async () => {
  const flows = await flowsOf(`
    export const base = type({ plan: () => exec('true') })
    export const web = type({ description: 'pages', plan: () => exec('true'), needs: [base] })
    export const neither = source([1])`)
  expect([...flows.keys()].sort()).toEqual(['plan-base', 'plan-web', 'provision-base', 'provision-web'])
  expect(typesPort(flows).list()).toMatchObject([
    { id: 'base', needs: [] },
    { id: 'web', needs: ['base'], description: 'pages' },
  ])
})

test('types that can not be are refused by name', async () => {
  const loading = flowsOf(`
    const hidden = type({ plan: () => exec('true') })
    export const web = type({ plan: () => exec('true'), needs: [hidden] })`)
  await expect(loading).rejects.toThrow(InvalidArguments)
  await expect(loading).rejects.toThrow('type web needs a type that is not exported')
})
