import { expect, test } from 'vitest'
import { kvm, volume } from '../../../src/core/systems/presets.ts'
import { composeSpec } from '../../../src/core/systems/spec.ts'

test.each([
  [[volume(1, { name: 'a' }), volume(2, { name: 'a' })], 'a'],
  [[volume(1, { name: 'data-2' }), volume(2)], 'data-2'],
])('two volumes never share a name, whether it was given or is by their places', (volumes, name) => {
  expect(() => composeSpec([kvm('iron'), ...volumes])).toThrow(`two volumes are named ${name};`)
})
