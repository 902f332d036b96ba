import { randomBytes } from 'node:crypto'

/** Random bytes of a mark: nothing that a command says by chance. */
const length = 9

/** Bytes are asked for together: a hundred small questions take longer than one large one. */
const together = 256

let left = Buffer.alloc(0)

/** A word that nobody has said before, by which the first line of a command is known. */
export function makeMark(): string {
  if (left.length < length) left = randomBytes(length * together)
  const mark = left.toString('base64url', 0, length)
  left = left.subarray(length)
  return `reops-${mark}`
}
