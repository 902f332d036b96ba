import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { whyInstall } from '../../scripts/house/packages.mjs'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reops-packages-'))
  await mkdir(join(folder, 'node_modules'))
  await lock({ '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const write = (file: string, packages: object) => writeFile(join(folder, file), JSON.stringify({ packages }))
const lock = (packages: object) => write('package-lock.json', packages)
const installed = (packages: object) => write('node_modules/.package-lock.json', packages)

test('packages are installed where nothing is, or where npm did not finish', () => {
  expect(whyInstall(folder)).toBe('nothing is installed yet')
})

test('nothing is installed again while every locked version is there', async () => {
  await installed({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } })
  expect(whyInstall(folder)).toBeUndefined()
})

test('a version that differs and a package that is missing are named', async () => {
  await installed({ 'node_modules/a': { version: '0.9.0' } })
  expect(whyInstall(folder)).toBe('package-lock.json changed: a and 1 more')
})

test('a package for another platform is not missed', async () => {
  await lock({ 'node_modules/a': { version: '1.0.0', optional: true } })
  await installed({})
  expect(whyInstall(folder)).toBeUndefined()
})
