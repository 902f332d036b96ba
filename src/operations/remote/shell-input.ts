/**
 * A script as a shell reads it from its stdin. Braces around it make the shell read all of it before it does any of
 * it: a connection that is lost half-way leaves no half-done work, and commands in the script that read their
 * stdin find it empty instead of eating the script. Line numbers stay as they are.
 */
export function shellInput(text: string): string {
  // The empty line keeps a backslash at the end of the text away from the brace.
  return `{ :; ${text}\n\n}\n`
}
