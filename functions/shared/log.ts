/** One line of a function's log. There is never data of a flow in it, and never a secret. */
export interface LogLine {
  readonly message: string
  readonly level?: 'info' | 'warn' | 'error'
  readonly [field: string]: unknown
}

/**
 * Writes a structured line. Lambda's own JSON logs take objects as they are and add time, level and request, which costs
 * no import; where they are switched off the line is JSON all the same.
 */
export function log({ level = 'info', ...line }: LogLine): void {
  const json = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON'
  console[level](json ? line : JSON.stringify(line))
}
