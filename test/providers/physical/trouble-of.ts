import { SystemTrouble } from '../../../src/core/systems/trouble.ts'

/** The trouble that some work ends in; anything else fails the test. */
export async function troubleOf(work: Promise<unknown>): Promise<SystemTrouble> {
  try {
    await work
  } catch (error) {
    if (error instanceof SystemTrouble) return error
    throw error
  }
  throw new Error('there was no trouble')
}
