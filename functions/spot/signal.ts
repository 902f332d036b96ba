import * as z from 'zod'
import { explainIssues, UnexpectedData } from '../../src/core/errors.ts'

const instanceId = z.string().regex(/^i-[0-9a-f]{8,17}$/)
const common = { source: z.literal('aws.ec2'), time: z.iso.datetime() }

/** What EventBridge hands over of EC2 (its user guide); what else stands in an event is not looked at. */
const eventSchema = z.discriminatedUnion('detail-type', [
  z.object({
    'detail-type': z.literal('EC2 Spot Instance Interruption Warning'),
    ...common,
    detail: z.object({
      'instance-id': instanceId,
      'instance-action': z.enum(['terminate', 'stop', 'hibernate']),
    }),
  }),
  z.object({
    'detail-type': z.literal('EC2 Instance Rebalance Recommendation'),
    ...common,
    detail: z.object({ 'instance-id': instanceId }),
  }),
])

/** What EC2 says of one spot instance. */
export interface Signal {
  readonly instance: string
  /** It goes; otherwise it is likelier to go than before. */
  readonly goes: boolean
  /** What a person is to read with the system. */
  readonly problem: string
}

/** EC2 takes an instance back so long after it has said so, in milliseconds. */
const noticeMs = 120_000

/** How a problem begins that says of an instance that it goes. */
export const interruption = 'EC2 takes this spot instance back'

/** Whether this is an event of EventBridge, and no task. */
export function isEvent(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'detail-type' in event
}

/** Reads an event. Throws `UnexpectedData`. */
export function readSignal(event: unknown): Signal {
  const parsed = eventSchema.safeParse(event)
  if (!parsed.success)
    throw new UnexpectedData(`this is no event of a spot instance: ${explainIssues(parsed.error.issues)}`)
  const { time, detail } = parsed.data
  const instance = detail['instance-id']
  if (!('instance-action' in detail))
    return {
      instance,
      goes: false,
      problem: `EC2 recommends to replace this spot instance: since ${time} it is likelier to be taken back`,
    }
  const at = new Date(Date.parse(time) + noticeMs).toISOString()
  return { instance, goes: true, problem: `${interruption} at about ${at}: ${detail['instance-action']}` }
}
