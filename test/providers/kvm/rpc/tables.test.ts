import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { programs, programVersion, statuses, types } from '../../../../src/providers/kvm/rpc/frames/header.ts'
import { type EventKind, events } from '../../../../src/providers/kvm/rpc/protocol/events.ts'
import { type ProcedureName, procedures } from '../../../../src/providers/kvm/rpc/protocol/procedures.ts'
import { leaveOut } from '../../../support/needs.ts'

/** The names that the daemon's own package gives to the numbers of its protocol, for those who trace it. */
const tapset = '/usr/share/systemtap/tapset/libvirt_functions.stp'
const installed = existsSync(tapset) ? {} : leaveOut('libvirt-daemon is not installed')

/** Events whose procedure is not named after their kind alone. */
const eventNames: Partial<Record<EventKind, string>> = {
  ioError: 'domain_event_callback_io_error_reason',
  blockJob: 'domain_event_block_job_2',
}

const snake = (name: string) => name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/** The numbers that stand with names in one function, under a condition such as `program == 1`. */
function numbersIn(text: string, variable: string, result: string): Map<string, number> {
  const pattern = new RegExp(`if \\(${variable} == (\\d+)\\) \\{\\s*${result} = "(\\w+)"`, 'g')
  return new Map([...text.matchAll(pattern)].map(([, number, name]) => [name!, Number(number)]))
}

describe('the tables say what the daemon at hand says', installed, () => {
  test('of every procedure and every event', async () => {
    const text = await readFile(tapset, 'utf8')
    const ours = text.split(`program == ${programs.remote} && version == ${programVersion}`)[1] ?? ''
    const numbers = numbersIn(ours.split('program == ')[0]!, 'proc', 'procstr')
    expect(numbers.size).toBeGreaterThan(400)
    for (const name of Object.keys(procedures) as ProcedureName[])
      expect([name, procedures[name].number]).toEqual([name, numbers.get(snake(name))])
    for (const kind of Object.keys(events) as EventKind[]) {
      const name = eventNames[kind] ?? `domain_event_callback_${snake(kind)}`
      expect([kind, events[kind].number]).toEqual([kind, numbers.get(name)])
    }
  })

  test('of the frames that carry them', async () => {
    const text = await readFile(tapset, 'utf8')
    const said = numbersIn(text, 'type', 'typestr')
    expect(types).toEqual({
      call: said.get('call'),
      reply: said.get('reply'),
      event: said.get('message'),
      stream: said.get('stream'),
      hole: said.get('stream_hole'),
    })
    const status = numbersIn(text, 'status', 'statusstr')
    expect(statuses).toEqual({
      ok: status.get('ok'),
      error: status.get('error'),
      more: status.get('continue'),
    })
    expect(text).toContain(`program == ${programs.keepalive}`)
  })
})

test('no number stands twice', () => {
  const numbers = [...Object.values(procedures), ...Object.values(events)].map(({ number }) => number)
  expect(new Set(numbers).size).toBe(numbers.length)
})
