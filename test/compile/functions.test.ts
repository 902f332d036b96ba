import { describe, expect, test } from 'vitest'
import { compile } from '../../src/compile/compile.ts'
import { functionsOf } from '../../src/compile/functions.ts'
import { pipe } from '../../src/core/combinators/pipe.ts'
import { hosts } from '../../src/core/hosts.ts'
import { checkOnly } from '../../src/core/operation/check-only.ts'
import { pick, successful } from '../../src/core/operation/pick.ts'
import { either, hypervisor, not, running } from '../../src/core/systems/select.ts'
import { exec, upload } from '../../src/operations/remote/index.ts'
import { destroy, start, stop, systems } from '../../src/operations/systems/index.ts'

const used = (operation: Parameters<typeof compile>[0]) =>
  Object.fromEntries(
    [...functionsOf(compile(operation, 'test'))].map(([name, { operations }]) => [name, operations]),
  )

describe('functionsOf', () => {
  test('names each function with the operations that it answers', () => {
    expect(used(pipe(systems(hypervisor('ec2'), running), stop(), pick(successful), exec('id')))).toEqual({
      StoreFunction: ['systems'],
      Ec2Function: ['stop'],
      CodeFunction: ['pick'],
      SsmFunction: ['exec'],
    })
  })

  test('gives a function what its operations may do and nothing that others may', () => {
    const found = functionsOf(compile(pipe(systems(hypervisor('ec2')), stop(), exec('id')), 'test'))
    const actions = (name: string) => found.get(name)!.permissions.flatMap(one => one.actions)
    expect(actions('Ec2Function')).toContain('ec2:StopInstances')
    expect(actions('Ec2Function')).not.toContain('ec2:TerminateInstances')
    expect(actions('SsmFunction')).toContain('ssm:SendCommand')
    expect(actions('StoreFunction').every(one => /^dynamodb:(Get|BatchGet|Query)/.test(one))).toBe(true)
    expect(new Set(actions('Ec2Function')).size).toBe(actions('Ec2Function').length)
  })

  test('what ends machines may do so to those that carry the tag of the stack, and to no other', () => {
    const found = functionsOf(compile(pipe(systems(hypervisor('ec2')), destroy({ force: true })), 'test'))
    const ending = found
      .get('Ec2Function')!
      .permissions.filter(one => one.actions.some(action => /^ec2:(Terminate|Stop|Modify)/.test(action)))
    expect(ending).not.toEqual([])
    for (const { conditions } of ending)
      expect(conditions).toEqual({ StringEquals: { 'aws:ResourceTag/re-ops': `\${${'stack'}}` } })
  })
})

describe('placement', () => {
  const bridge = ['BridgeFunction']
  const functions = (operation: Parameters<typeof compile>[0]) => Object.keys(used(operation)).sort()

  test('a selection is of the cloud only where every condition that fits is', () => {
    expect(functions(systems(either(hypervisor('ec2'), hypervisor('ec2'))))).toEqual(['StoreFunction'])
    expect(functions(systems(either(hypervisor('ec2'), hypervisor('kvm'))))).toEqual(bridge)
    expect(functions(systems(hypervisor('ec2', 'kvm')))).toEqual(bridge)
    expect(functions(systems(not(hypervisor('ec2'))))).toEqual(bridge)
    expect(functions(systems())).toEqual(bridge)
  })

  test('hosts of which one takes another way stay on premises, and so does all that is not known', () => {
    expect(functions(exec(hosts({ via: 'ssm' }, ['i-0abc', { name: 'foo', via: 'ssh' }]), 'id'))).toEqual(
      bridge,
    )
    expect(functions(exec(hosts(['foo']), 'id'))).toEqual(bridge)
    expect(functions(exec('id'))).toEqual(bridge)
    expect(functions(upload(hosts({ via: 'ssm' }, ['i-0abc']), 'motd', '/etc/motd'))).toEqual(bridge)
  })

  test('what only says what it would do asks nobody in the cloud either', () => {
    expect(functions(checkOnly(pipe(systems(hypervisor('ec2')), start())))).toEqual([
      'CodeFunction',
      'StoreFunction',
    ])
  })
})
