import { HostTrouble } from '../../src/core/ports.ts'

/** The trouble that some work ends in; anything else fails the test. */
export async function troubleOf(work: Promise<unknown>): Promise<HostTrouble> {
  try {
    await work
  } catch (error) {
    if (error instanceof HostTrouble) return error
    throw error
  }
  throw new Error('there was no trouble')
}
