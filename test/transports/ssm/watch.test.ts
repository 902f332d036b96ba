import * as aws from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'
import type { Clients } from '../../../src/transports/ssm/clients.ts'
import { readOptions } from '../../../src/transports/ssm/options.ts'
import { createWatch } from '../../../src/transports/ssm/watch.ts'
import { manualClock } from '../../fakes/manual-clock.ts'

/** AWS as far as commands are looked at; each ends after so many milliseconds. */
function scripted(listed = true) {
  const clock = manualClock()
  const ends = new Map<string, number>()
  const calls: { readonly name: string; readonly at: number }[] = []
  const statusOf = (id: string) => (clock.now() >= ends.get(id)! ? 'Success' : 'InProgress')
  const send = async (command: { input: Record<string, any>; constructor: { name: string } }) => {
    calls.push({ name: command.constructor.name.replace('Command', ''), at: clock.now() })
    const { CommandId, NextToken } = command.input
    if (command instanceof aws.GetCommandInvocationCommand) return { CommandId, Status: statusOf(CommandId) }
    const start = Number(NextToken ?? 0)
    const all = listed ? [...ends.keys()] : []
    const more = start + 50 < all.length ? { NextToken: String(start + 50) } : {}
    const page = all.slice(start, start + 50)
    return {
      CommandInvocations: page.map(id => ({ CommandId: id, InstanceId: instance.id, Status: statusOf(id) })),
      ...more,
    }
  }
  const clients = { aws, ssm: { send } } as unknown as Clients
  const watch = createWatch(clients, readOptions({ clock }))
  const instance = { host: 'foo', id: 'i-0123456789abcdef0', where: 'foo', user: undefined }
  const begin = (commandId: string, ms: number) => {
    ends.set(commandId, clock.now() + ms)
    return watch.follow({ commandId, instance, since: clock.now() })
  }
  const count = (name: string) => calls.filter(call => call.name.startsWith(name)).length
  return { clock, calls, count, begin }
}

/** Lets time pass in steps, until all have ended. */
async function until(clock: ReturnType<typeof manualClock>, all: Promise<unknown>): Promise<void> {
  let over = false
  void all.finally(() => {
    over = true
  })
  while (!over) await clock.advance(1_000)
}

test('a command that takes an hour is looked at rarely, and its end is seen soon', async () => {
  const { clock, calls, begin } = scripted()
  const from = clock.now()
  const { ended } = begin('long', 3_600_000)
  await until(clock, ended)
  expect(calls.length).toBeGreaterThan(200)
  expect(calls.length).toBeLessThan(320)
  expect(calls.at(-1)!.at - from - 3_600_000).toBeLessThan(18_001)
  expect(clock.sleepers).toBe(0)
})

test('a quick command is looked at soon, and waits hardly longer than it took', async () => {
  const { clock, calls, begin } = scripted()
  const from = clock.now()
  const { ended } = begin('quick', 900)
  await until(clock, ended)
  expect(calls.at(-1)!.at - from).toBeLessThan(1_800)
  expect(calls.length).toBeLessThan(6)
})

test('many commands are looked at together, and each by itself only when it has ended', async () => {
  const { clock, count, begin } = scripted()
  const all = Array.from({ length: 200 }, (_, at) => begin(`c${at}`, 60_000 + at * 10).ended)
  await until(clock, Promise.all(all))
  expect(count('Get')).toBeGreaterThanOrEqual(200)
  expect(count('Get')).toBeLessThan(230)
  // Four pages each time; looked at one by one it would be some three thousand calls.
  expect(count('List')).toBeLessThan(200)
})

test('what is not on the list is looked at by itself', async () => {
  const { clock, count, begin } = scripted(false)
  const all = ['a', 'b', 'c', 'd'].map(id => begin(id, 2_000).ended)
  await until(clock, Promise.all(all))
  expect(count('Get')).toBeGreaterThan(8)
})

test('a command that something was done about is looked at soon, and who leaves is not looked at', async () => {
  const { clock, calls, begin } = scripted()
  const long = begin('long', 600_000)
  await clock.advance(300_000)
  const before = calls.length
  long.hurry()
  await clock.advance(400)
  expect(calls.length).toBe(before + 1)
  long.leave()
  await clock.advance(600_000)
  expect(calls.length).toBe(before + 1)
  expect(clock.sleepers).toBe(0)
})
