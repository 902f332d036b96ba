/** The port of an endpoint, for a sentence: what to dial from elsewhere. */
export function portOf(endpoint: string): string {
  return /:(\d+)$/.exec(endpoint)?.[1] ?? '<port>'
}
