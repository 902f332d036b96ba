import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { quote } from '../../core/quote.ts'
import type { DemoStep } from './steps.ts'

const binary = fileURLToPath(new URL('../../../bin/reops.js', import.meta.url))

/** `key=value` needs no quotes where it is not the first word, and reads better without. */
const plainToShells = /^[\w/.,@%+-][\w/.,@%+:=-]*$/

/** The words of a step with the configuration where a person puts it: in front of `--`. */
export function wordsOf({ words, rest }: Pick<DemoStep, 'words' | 'rest'>, config: string): string[] {
  return [...words, '--config', config, ...(rest ? ['--', ...rest] : [])]
}

/** A command that can be pasted into a shell whose working directory is `cwd`. */
export function pasteable(step: Pick<DemoStep, 'words' | 'rest'>, config: string, cwd: string): string {
  const near = path.relative(cwd, binary)
  const program = near.startsWith('..') ? binary : near
  return [program, ...wordsOf(step, config)]
    .map(word => (plainToShells.test(word) ? word : quote([word])))
    .join(' ')
}
