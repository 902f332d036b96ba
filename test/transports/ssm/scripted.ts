import * as aws from '@aws-sdk/client-ssm'
import type { Clients } from '../../../src/transports/ssm/clients.ts'
import { readOptions } from '../../../src/transports/ssm/options.ts'
import { createWatch } from '../../../src/transports/ssm/watch.ts'
import { type ManualClock, manualClock } from '../../fakes/manual-clock.ts'

/** AWS as far as commands are looked at; each ends after so many milliseconds. */
export function scripted(listed = true) {
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
export async function until(clock: ManualClock, all: Promise<unknown>): Promise<void> {
  let over = false
  void all.finally(() => {
    over = true
  })
  while (!over) await clock.advance(1_000)
}
