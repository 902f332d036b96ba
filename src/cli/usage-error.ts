/** The command line was not understood. `message` says what to write instead; the exit status is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
