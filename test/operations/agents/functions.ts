import os from 'node:os'
import { double } from './helper.ts'

/** What an agent executes with its imports. */
export async function describe(n: number): Promise<{ twice: number; here: boolean; file: string }> {
  return { twice: double(n), here: os.hostname() !== '', file: import.meta.url }
}

export const missing = 5
