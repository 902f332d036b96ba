import { setTimeout as sleep } from 'node:timers/promises'
import { neutraliseLine } from '../../operations/output/format/index.ts'
import type { Aws } from '../../run/aws/clients.ts'
import { type CloudRecord, describeStarted, stopExecution } from '../../run/aws/executions.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { statusWord } from '../executions/status.ts'
import { given, text } from '../parse.ts'
import { secondsOf } from '../session/flags.ts'
import { UsageError } from '../usage-error.ts'
import { documentOf } from '../work/list-executions.ts'
import { findCloudExecution } from './find.ts'
import { withCloud } from './open.ts'

/** Seconds that its end is waited for; AWS ends a state machine at once. */
const usualSeconds = 30

/** Milliseconds between two looks. */
const lookEvery = 500

/** Stops an execution in the cloud, and answers 0 once it was stopped. */
export function cancelInCloud(context: CommandContext, args: Args, word: string): Promise<number> {
  const reason = text(args, 'reason') ?? 'cancelled by reops cancel'
  const seconds = secondsOf(args, 'timeout') ?? usualSeconds
  return withCloud(context, args, async ({ aws, stack }) => {
    const { id, name, status } = await findCloudExecution(aws, stack, word)
    if (status !== 'RUNNING')
      throw new UsageError(`${name} is over (${statusWord(status)}); only a running one is cancelled`)
    await stopExecution(aws, id, reason)
    const ended = await untilEnded(aws, id, seconds)
    if (given(args, 'json')) context.stdout.write(`${JSON.stringify(documentOf(ended), null, 2)}\n`)
    else context.stdout.write(`${neutraliseLine(sentence(ended, seconds))}\n`)
    return ended.status === 'ABORTED' ? 0 : 1
  })
}

function sentence({ name, status }: CloudRecord, seconds: number): string {
  if (status === 'ABORTED')
    return `${name} was cancelled; what a bridge or a function is at for it goes on until that notices`
  if (status !== 'RUNNING') return `${name} had ended before it was cancelled (${statusWord(status)})`
  return `${name} did not stop within ${seconds} s; reops events ${name} --cloud --follow says when it has`
}

async function untilEnded(aws: Aws, id: string, seconds: number): Promise<CloudRecord> {
  const until = performance.now() + seconds * 1000
  for (;;) {
    const record = await describeStarted(aws, id)
    if (record.status !== 'RUNNING' || performance.now() >= until) return record
    await sleep(Math.min(lookEvery, Math.max(1, until - performance.now())))
  }
}
