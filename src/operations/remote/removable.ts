import { posix } from 'node:path'
import { path } from './arguments.ts'

/** What `/`, the folder that a command starts in, and those above it come to when dots and slashes are resolved. */
const everything = /^(?:\/|\.\/?|(?:\.\.\/?)+)$/

/**
 * A path whose loss is not the loss of the machine or of the home folder: a slip such as an empty variable in
 * `${folder}/` is refused before anything is sent.
 */
export const removable = path.refine(
  name => !everything.test(posix.normalize(name)),
  'is the root, the folder that commands start in, or one above it; name what is to be deleted inside',
)
