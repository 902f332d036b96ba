import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Tag } from '@aws-sdk/client-ec2'
import { ownTag } from '../../core/aws.ts'
import { fullName } from '../../core/systems/full-name.ts'
import type { System } from '../../core/systems/system.ts'
import { readTold, type Told, tell } from '../../core/systems/told.ts'

/** The tag by which an instance is a system's, with its id. */
export const systemTag = `${ownTag}:system`

/** Before the number of each part of what is told of a system. */
const toldTag = `${ownTag}:told:`

/** A resource has at most 50 tags of 256 characters; some are left to people. */
const valueLength = 256
const mostParts = 40

/** What was written at a machine is hostile, and so is what unpacks to more than this, in bytes. */
const mostTold = 262_144

/** What every resource of a system carries: whose it is, and a name for people. */
export function tagsOf(system: Pick<System, 'id' | 'hostname' | 'domain'>, stack: string): Tag[] {
  return [
    { Key: ownTag, Value: stack },
    { Key: systemTag, Value: system.id },
    { Key: 'Name', Value: fullName(system) },
  ]
}

/**
 * A system's description as tags, by which a lost store is made anew. It is packed, since a tag is short and other services
 * take few signs in one. Answers nothing of one that is too large.
 */
export function toldTags(system: System): Tag[] | undefined {
  const packed = deflateRawSync(tell(system), { level: 9 }).toString('base64url')
  const parts = packed.match(new RegExp(`.{1,${valueLength}}`, 'g')) ?? []
  if (parts.length > mostParts) return undefined
  return parts.map((Value, index) => ({ Key: `${toldTag}${index}`, Value }))
}

/** Reads back what is told. What doesn't parse was written by somebody else, and tells nothing. */
export function readToldTags(tags: ReadonlyMap<string, string>): Told | undefined {
  let packed = ''
  for (let index = 0; index < mostParts; index++) packed += tags.get(`${toldTag}${index}`) ?? ''
  if (packed === '') return undefined
  try {
    const bytes = inflateRawSync(Buffer.from(packed, 'base64url'), { maxOutputLength: mostTold })
    return readTold(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
