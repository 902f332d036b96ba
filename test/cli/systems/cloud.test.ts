import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { useDynamo } from '../../state/dynamodb/table.ts'
import { idOf, systemOf } from '../../state/systems.ts'
import { namesIn, scene } from './scene.ts'

const { aws, dynamo, open } = useDynamo()

/** A project whose systems are in the stack's table, and whose state folder holds another one. */
const inCloud = async (stack: string) => {
  await dynamo().createTable(`${stack}-state`)
  const settings = { stack, region: 'eu-central-1', endpoints: { dynamodb: aws().endpoint } }
  const made = await scene({ config: { aws: { ...settings, systems: 'cloud' } } })
  await made.have('local')
  return made
}

test('systems of the stack’s table are listed, exported and taken in', async () => {
  const { reops, folder } = await inCloud('closet')
  expect(await reops(['list'])).toMatchObject({ status: 0, stderr: '' })
  const store = await open('closet-state')
  for (const number of [1, 2]) await store.add(systemOf(number), { by: 'create', at: 1 })
  for (let times = 0; times < 2; times++)
    expect(namesIn((await reops(['list'])).stdout)).toEqual(['web-1', 'web-2'])
  expect((await reops(['list', 'web-2'])).stdout).toContain('web-2')

  const file = path.join(folder, 'systems.json')
  expect(await reops(['state', 'export', '--output', file])).toMatchObject({ status: 0 })
  expect(JSON.parse(await readFile(file, 'utf8')).systems).toHaveLength(2)
  await store.remove(idOf(2), 1, { by: 'destroy', at: 2 })
  const taken = await reops(['state', 'import', file])
  expect(taken.stdout).toContain('1 added, 0 replaced, 1 kept')
  expect((await store.get(idOf(2)))?.hostname).toBe('web-2')
  expect((await reops(['state', 'history', 'web-2'])).stdout).toContain('destroy')
  await store.close()
})

test('verbs change what the table says, and not what lies in the state folder', async () => {
  const { reops, have, store: here } = await inCloud('attic')
  const { id } = await have('redis', { state: 'stopped' })
  const store = await open('attic-state')
  const dump = await here.dump(1)
  const systems = dump.systems.filter(system => system.id === id)
  await store.restore({ ...dump, systems, history: [] }, { replace: false }, { by: 'import', at: 1 })
  expect(await reops(['start', 'redis'])).toMatchObject({ status: 0 })
  expect(await store.get(id)).toMatchObject({ state: 'running' })
  expect((await store.history(id)).length).toBeGreaterThan(1)
  expect(await store.holder(id, Date.now())).toBeUndefined()
  expect(await here.get(id)).toMatchObject({ state: 'stopped', revision: 1 })
  await store.close()
})

test('a table that is not there is told of with the way to it', async () => {
  const settings = { stack: 'none', region: 'eu-central-1', endpoints: { dynamodb: aws().endpoint } }
  const { reops } = await scene({ config: { aws: { ...settings, systems: 'cloud' } } })
  const { status, stderr } = await reops(['list'])
  expect(status).not.toBe(0)
  expect(stderr).toContain('there is no table none-state in eu-central-1: run reops deploy')
})
