import { UnexpectedData } from '../../../core/errors.ts'
import { findNotJson, type Json } from '../../../core/json.ts'
import type { Watch } from '../../../core/watch.ts'
import { withinBytes } from '../../../core/watches/cloud/reading.ts'
import type { KeptCloudReading } from '../../../core/watches/cloud/record.ts'
import type { DecideRequest } from '../../../core/watches/cloud/request.ts'
import { polledName } from '../board.ts'
import { mostPolledBytes, short } from './limits.ts'

/** What a poll's flow came to, as a reading of now. Throws `UnexpectedData` where the watch asks for nothing. */
export function readingOfAsked(
  { name, source }: Watch,
  asked: NonNullable<DecideRequest['asked']>,
  now: number,
): KeptCloudReading {
  if (source.kind !== 'poll')
    throw new UnexpectedData(`watch ${name} asks for nothing any more; deploy it again, with reops deploy`)
  const of = { source: polledName(name), topic: polledName(name), at: now }
  const failed = (why: string) => ({ ...of, reason: 'failed' as const, why: short(why) })
  if ('failed' in asked) return failed(asked.failed)
  try {
    const value = source.value(asked.output)
    const problem = value === undefined ? 'nothing' : findNotJson(value)?.found
    if (problem !== undefined) return failed(`its output says ${problem}, which is no value`)
    if (!withinBytes(value, mostPolledBytes))
      return failed(
        `its output says more than ${mostPolledBytes} bytes; pick less of it in the watch's value`,
      )
    return { ...of, seen: now, value: value as Json }
  } catch (thrown) {
    return failed(thrown instanceof Error ? thrown.message : String(thrown))
  }
}
