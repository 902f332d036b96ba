import { expect, test } from 'vitest'
import {
  templateName,
  templateOf,
  templateVolume,
} from '../../../../src/providers/kvm/images/template-name.ts'

test.each(['debian-12', 'a', 'ubuntu-24.04_lts', 'x'.repeat(63)])('%s names a volume, and back', name => {
  expect(templateVolume(name)).toBe(`reops-template-${name}.qcow2`)
  expect(templateOf(templateVolume(name))).toBe(name)
})

test.each(['', 'A', '../x', 'a/b', 'a b', '-x', '.x', 'x.', 'a\n', 'x'.repeat(64)])('%j names none', name => {
  expect(templateName.safeParse(name).success).toBe(false)
  expect(() => templateVolume(name)).toThrow(expect.objectContaining({ name: 'InvalidArguments' }))
  expect(templateOf(`reops-template-${name}.qcow2`)).toBeUndefined()
})

test.each(['redis-1.qcow2', 'reops-template-x.raw', 'reops-template-.qcow2', 'reops-template.qcow2'])(
  '%s is another volume',
  volume => expect(templateOf(volume)).toBeUndefined(),
)
