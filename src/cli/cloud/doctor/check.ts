import { ReopsError } from '../../../core/errors.ts'

/** How something stands: good, worth a look, wrong, or not looked at and why. */
export type Verdict = 'ok' | 'warn' | 'fail' | 'left out'

/** One thing that was looked at. `fix` says what to do about it. */
export interface Check {
  readonly name: string
  readonly verdict: Verdict
  readonly text: string
  readonly fix?: string
}

/** What a look answers besides its name. */
export type Looked = Omit<Check, 'name'>

export const ok = (text: string): Looked => ({ verdict: 'ok', text })
export const warn = (text: string, fix: string): Looked => ({ verdict: 'warn', text, fix })
export const fail = (text: string, fix?: string): Looked => ({
  verdict: 'fail',
  text,
  ...(fix === undefined ? {} : { fix }),
})
export const leftOut = (text: string): Looked => ({ verdict: 'left out', text })

/** Looks at one thing. What is thrown on purpose is what is wrong with it, and says itself what to do. */
export async function look(name: string, at: () => Looked | Promise<Looked>): Promise<Check> {
  try {
    return { name, ...(await at()) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    // Our sentences have what to do behind their first colon, as in reopsʼ errors everywhere.
    return {
      name,
      ...fail(error instanceof ReopsError ? message : `${message} (--debug on another command shows where)`),
    }
  }
}
