import {
  byIp,
  type CommandResult,
  clone,
  create,
  type Destroyed,
  destroy,
  exec,
  type Hosts,
  hosts,
  kvm,
  map,
  medium,
  named,
  type Operation,
  type Outcome,
  pick,
  pipe,
  pretty,
  ready,
  repair,
  resize,
  retry,
  running,
  type System,
  some,
  start,
  stop,
  successful,
  syncSystems,
  systems,
  tagged,
  toHosts,
  typed,
  volume,
  type Worked,
  when,
} from 're-ops'
import { describe, expect, test } from 'tstyche'

const three = create(kvm('big-iron'), medium, volume(100), 'redis', 3)

describe('create', () => {
  test('composes with what acts on hosts', () => {
    expect(three).type.toBe<Operation<void, Outcome<Hosts, Worked>>>()
    expect(pipe(three, pick(successful), exec('uptime'), pretty())).type.toBe<
      Operation<void, Outcome<Hosts, CommandResult>>
    >()
    expect(pipe(three, start(), stop({ grace: '1m' }))).type.toBe<Operation<void, Outcome<Hosts, Worked>>>()
  })

  test('takes presets, a type, a count, and options at the end', () => {
    create(kvm('n'), typed('redis', { port: 6380 }), named('gate'), tagged('a'), { start: false })
    expect(create).type.not.toBeCallableWith()
    expect(create).type.not.toBeCallableWith(kvm('n'), true)
    expect(create).type.not.toBeCallableWith(kvm('n'), { starts: false })
    expect(create).type.not.toBeCallableWith({ start: false }, kvm('n'))
  })
})

describe('systems', () => {
  test('are values beside hosts', () => {
    expect(systems(typed('redis'), running, system => system.tags.length > 1)).type.toBe<
      Operation<void, Outcome<Hosts, System>>
    >()
    expect(
      pipe(
        systems(),
        map(({ hostname, ram }) => `${hostname} ${ram ?? 0}`),
      ),
    ).type.toBe<Operation<void, Outcome<Hosts, string>>>()
    pipe(
      systems(),
      pick(r => r.ok && r.value.state === 'running'),
      when(some(({ tags }) => tags.includes('a'))),
    )
    expect(systems).type.not.toBeCallableWith('redis')
    expect(systems).type.not.toBeCallableWith((system: { nothing: 1 }) => system.nothing)
  })

  test('are reached as one says', () => {
    expect(pipe(systems(), toHosts(byIp({ user: 'ops' })), exec('uptime'))).type.toBe<
      Operation<void, Outcome<Hosts, CommandResult>>
    >()
  })
})

describe('operations on systems', () => {
  test('start a pipeline on named hosts, or go on with what came', () => {
    expect(start(hosts(['nas']))).type.toBe<Operation<void, Outcome<Hosts, Worked>>>()
    expect(pipe(exec(hosts(['nas']), 'sync'), stop())).type.toBe<Operation<void, Outcome<Hosts, Worked>>>()
    expect(pipe(systems(), clone('copy'), ready(), resize({ ram: 4096 }))).type.toBe<
      Operation<void, Outcome<Hosts, Worked>>
    >()
    expect(pipe(systems(), destroy({ force: true }))).type.toBe<Operation<void, Outcome<Hosts, Destroyed>>>()
    pipe(
      syncSystems(),
      pick(r => r.ok && r.value.synced !== 'unchanged'),
      repair(),
      retry(start()),
    )
    expect(stop).type.not.toBeCallableWith({ grace: 'soon' })
  })
})
