/** Headers by their names in small letters. */
export type HookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** A request, however it came. */
export interface HookRequest {
  readonly method: string | undefined
  readonly headers: HookHeaders
  /** What was sent; nothing where it is more than `mostBytes`. It is asked for once, and only of who may be believed. */
  body(): Promise<Uint8Array | undefined>
}

/** The secret of a webhook, as whoever takes the webhook has it. */
export interface HookSecret {
  /** Rejects where it can't be read at present, and tells of that. */
  read(): Promise<string>
  /** What it is now where it may have been changed since it was read; nothing where it is the same or is not looked at again. */
  changed?(than: string): Promise<string | undefined>
}

/** An input that is larger is no input of a flow. */
export const mostBytes = 200 * 1024

/** The JSON in a body, an empty object where that is empty; answers nothing where it is none. */
export function jsonOf(body: Uint8Array): { readonly value: unknown } | undefined {
  if (body.length === 0) return { value: {} }
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown }
  } catch {
    // What can't be read is answered so.
    return undefined
  }
}
