import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { completed, missingEntries } from '../../scripts/house/lockfile.mjs'
import { platformOf } from '../../scripts/house/platform.mjs'

const lockfile = join(import.meta.dirname, '../../package-lock.json')

test('the lockfile has an entry for every optional package (else: npm run lockfile)', () => {
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8'))
  expect(missingEntries(packages).map(({ name }) => name)).toEqual([])
})

test.each([
  ['@biomejs/cli-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
  ['@oxc-parser/binding-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'], libc: ['glibc'] }],
  ['@oxc-parser/binding-win32-arm64-msvc', { os: ['win32'], cpu: ['arm64'] }],
  ['@rolldown/binding-wasm32-wasi', { cpu: ['wasm32'] }],
  ['fsevents', undefined],
])('%s names its platform', (name, platform) => {
  expect(platformOf(name)).toEqual(platform)
})

test('a missing entry is added with its platform, and what names no platform is refused', () => {
  const parent = (name: string) => ({
    'node_modules/a': { dev: true, optionalDependencies: { [name]: '1.0.0' } },
  })
  expect(completed(parent('a-linux-x64'))['node_modules/a-linux-x64']).toEqual({
    version: '1.0.0',
    dev: true,
    optional: true,
    os: ['linux'],
    cpu: ['x64'],
  })
  expect(() => completed(parent('nan'))).toThrow('nan@1.0.0 is missing from the lockfile')
})
