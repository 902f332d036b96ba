/** What esbuild says of a bundle that it could not make: the first three places, or its own message. */
export function wordsOfBundler(cause: unknown): string {
  const { errors } = cause as {
    errors?: { text: string; location?: { file: string; line: number } | null }[]
  }
  const said = errors?.map(({ text, location }) =>
    location ? `${location.file}:${location.line}: ${text}` : text,
  )
  return said?.slice(0, 3).join('; ') || (cause instanceof Error ? cause.message : String(cause))
}
