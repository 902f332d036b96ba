import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { jsonReply } from '../../fakes/aws/wire.ts'
import { foo, never, type Reach, reach, troubleOf } from './reach.ts'

let lab: Reach
beforeAll(async () => {
  lab = await reach()
})
afterEach(() => lab.aws.calm())
afterAll(() => lab.close())

/** A signal that is aborted as soon as somebody asks AWS, or a command is so far. */
async function abortedWhen(met: () => boolean, work: (signal: AbortSignal) => Promise<unknown>) {
  const controller = new AbortController()
  const over = troubleOf(work(controller.signal))
  while (!met()) await new Promise(resolve => setTimeout(resolve, 2))
  controller.abort()
  return over
}

/** Whether something was asked that was not asked before. */
function asked(service: string, what: string): () => boolean {
  const count = () => lab.aws.callsOf(service).filter(call => call.startsWith(what)).length
  const before = count()
  return () => count() > before
}

describe('where AWS does not answer', () => {
  test('whoever opens an instance is let go at once', async () => {
    const silent = () => lab.aws.next('ssm DescribeInstanceInformation', 'never answer')
    const met = asked('ssm', 'DescribeInstanceInformation')
    silent()
    const open = (options: { signal: AbortSignal; timeout?: number }) =>
      lab.another().open({ name: foo }, options)
    expect((await abortedWhen(met, signal => open({ signal }))).code).toBe('cancelled')
    silent()
    expect((await troubleOf(open({ signal: never, timeout: 50 }))).code).toBe('timeout')
  })

  test('an answer without an end is no answer', async () => {
    const { handle } = lab.ssm
    const from = lab.aws.callsOf('ssm').length
    lab.ssm.handle = () => jsonReply({ InstanceInformationList: [], NextToken: 'more' })
    try {
      const trouble = await troubleOf(lab.another().open({ name: foo }, { signal: never }))
      expect(trouble.code).toBe('unreachable')
    } finally {
      lab.ssm.handle = handle
    }
    expect(lab.aws.callsOf('ssm').length - from).toBe(50)
  })

  test('the reading of an output ends with its command’s time', async () => {
    const remote = await lab.open()
    const met = asked('s3', 'GET')
    lab.aws.next('s3 GET', 'never answer')
    const trouble = await abortedWhen(met, signal => remote.exec('seq 9000', { signal }))
    expect(trouble).toMatchObject({
      code: 'cancelled',
      message: expect.stringContaining('had ended; what it said was not read'),
      detail: { remote: 'ended' },
    })
  })

  test('the output of a command that was cancelled is waited for no longer than its end', async () => {
    const remote = await lab.open(foo, lab.another({ endingTimeout: 400 }))
    lab.aws.next('s3 GET', 'never answer')
    const runs = () => lab.ssm.commands.at(-1)?.status === 'InProgress'
    const trouble = await abortedWhen(runs, signal => remote.exec('sleep 1000', { signal }))
    expect(trouble.code).toBe('cancelled')
  })

  test('a command whose answer was lost is not looked for once nobody waits for it', async () => {
    const remote = await lab.open(foo, lab.another({ endingTimeout: 100 }))
    lab.aws.next('ssm SendCommand', 'hang up')
    lab.aws.next('ssm ListCommandInvocations', 'never answer')
    const met = asked('ssm', 'ListCommandInvocations')
    const trouble = await abortedWhen(met, signal => remote.exec('echo lost', { signal }))
    expect(trouble.code).toBe('unknown')
  })
})
