import path from 'node:path'
import { ReopsError } from '../../core/errors.ts'

/** A bucket or a key that can't be kept in a folder. */
class InvalidObjectPlace extends ReopsError {
  override readonly name = 'InvalidObjectPlace'
}

/** S3's own rule for names of buckets, which leaves no room for a path. */
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** Bytes of a file's name. */
const longestName = 255

/** S3's own bound for a key, in bytes. */
const longestKey = 1024

/**
 * Where a bucket is within the folder of all buckets.
 *
 * @throws InvalidObjectPlace for a name that S3 would not take either
 */
export function bucketFolder(root: string, bucket: string): string {
  if (!bucketName.test(bucket) || bucket.includes('..'))
    throw new InvalidObjectPlace(
      `${JSON.stringify(bucket)} is no name of a bucket: it has 3 to 63 lower-case letters, digits, dots and dashes`,
    )
  return path.join(root, bucket)
}

/**
 * The file of an object. A key's parts become folders, so what would lead out of the bucket is refused, and so is
 * what a file system can't name.
 *
 * @throws InvalidObjectPlace
 */
export function objectFile(root: string, bucket: string, key: string): string {
  const folder = bucketFolder(root, bucket)
  const parts = key.split('/')
  const fits = Buffer.byteLength(key) <= longestKey && key.isWellFormed()
  if (key === '' || !fits || !parts.every(isName))
    throw new InvalidObjectPlace(
      `${JSON.stringify(key)} is no key that can be kept here: its parts between slashes must be names of files, other than . and ..`,
    )
  return path.join(folder, ...parts)
}

function isName(part: string): boolean {
  return (
    part !== '' && part !== '.' && part !== '..' && !/[\u0000-\u001f\u007f\\]/.test(part) && fitsName(part)
  )
}

function fitsName(part: string): boolean {
  return Buffer.byteLength(part) <= longestName
}
