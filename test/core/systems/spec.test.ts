import { describe, expect, test } from 'vitest'
import {
  ec2,
  image,
  kvm,
  large,
  medium,
  preset,
  small,
  uefi,
  volume,
} from '../../../src/core/systems/presets.ts'
import { composeSpec, parseSpec } from '../../../src/core/systems/spec.ts'

test.each([
  [[volume(1, { name: 'a' }), volume(2, { name: 'a' })], 'a'],
  [[volume(1, { name: 'data-2' }), volume(2)], 'data-2'],
])('two volumes never share a name, whether it was given or is by their places', (volumes, name) => {
  expect(() => composeSpec([kvm('iron'), ...volumes])).toThrow(`two volumes are named ${name};`)
})

test.each([small, medium, large, uefi])('a preset that ships is one that can be: $preset', one => {
  expect(preset(one.preset, one.part)).toEqual(one)
})

describe('an instance of EC2', () => {
  test('says as what, where and of which image it is launched', () => {
    const options = { spot: true, zones: ['eu-central-1a'], image: 'ami-0123456789abcdef0' } as const
    expect(composeSpec([ec2(['t4g.micro', 't3.micro'], options), 3])).toMatchObject({
      provider: 'ec2',
      os: 'ami-0123456789abcdef0',
      ec2: { types: ['t4g.micro', 't3.micro'], spot: true, zones: ['eu-central-1a'] },
      count: 3,
    })
    expect(composeSpec([ec2('t4g.micro', options), image('ami-0fedcba987654321f')]).os).toBe(
      'ami-0fedcba987654321f',
    )
  })

  test('is of one preset: two that differ are a contradiction, and two that say the same are not', () => {
    expect(composeSpec([ec2('t4g.micro'), ec2('t4g.micro')]).ec2).toEqual({ types: ['t4g.micro'] })
    expect(() => composeSpec([ec2('t4g.micro'), ec2('t3.micro')])).toThrow(/says ec2 .* a system has one/)
    expect(() => composeSpec([ec2('t4g.micro'), kvm('iron')])).toThrow(/says provider/)
  })

  test('stands nowhere else', () => {
    const part = preset('odd', { ec2: { types: ['t4g.micro'] } })
    expect(() => composeSpec([kvm('iron'), part])).toThrow(/no instance of EC2/)
    expect(() => parseSpec({ provider: 'lxd', ec2: { types: ['t4g.micro'] } })).toThrow(/no instance of EC2/)
  })

  test.each([
    ['no type', () => ec2([])],
    ['a type that is none', () => ec2('micro')],
    ['a region for a zone', () => ec2('t4g.micro', { zones: ['eu-central-1'] })],
    ['a subnet of another kind', () => ec2('t4g.micro', { subnets: ['net-1'] })],
    ['a price of nothing', () => ec2('t4g.micro', { spot: { maxPrice: 0 } })],
    ['what nobody knows', () => ec2('t4g.micro', { colour: 'red' } as object)],
  ])('is refused where it is written: %s', (_what, write) => {
    expect(write).toThrow(expect.objectContaining({ name: 'InvalidSystem' }))
  })
})
