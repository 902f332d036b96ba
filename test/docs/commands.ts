import { execFileSync } from 'node:child_process'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { outcomeOf } from '../../scripts/house/command.mjs'
import type { Block } from './blocks.ts'
import type { DocModule } from './modules.ts'

/** A block of shell commands that is run: the status that it has to end with and how long it may take. */
export type Run = { block: Block; exit: number; seconds: number }

/**
 * The blocks of shell commands that are run. The words behind a `sh` fence are `run`, with `exit=N` (0) and
 * `seconds=N` (60), or `not-run` and the reason. A block has to say one of them, because every command in
 * the pages is either run or says why not.
 *
 * @throws when a block says neither, or a word that means nothing
 */
export function runsOf(blocks: Block[]): Run[] {
  return blocks.filter(({ language }) => language === 'sh').flatMap(runOf)
}

function runOf(block: Block): Run[] {
  const at = `${block.page}:${block.line}`
  const [first, ...rest] = block.words
  if (first === 'not-run' && rest.length > 0) return []
  if (first !== 'run') {
    throw new Error(`${at}: say \`\`\`sh run, or \`\`\`sh not-run and the reason why it cannot be run`)
  }
  const run = { block, exit: 0, seconds: 60 }
  for (const word of rest) {
    const [, name, value] = word.match(/^(exit|seconds)=(\d+)$/) ?? []
    if (name !== 'exit' && name !== 'seconds') {
      throw new Error(`${at}: ${word} means nothing here; exit=N and seconds=N do`)
    }
    run[name] = Number(value)
  }
  return [run]
}

/**
 * Copies the checkout, as it would be committed, into a folder where a page's commands may do anything.
 * The installed packages are shared by a link.
 */
export async function scratchCheckout(root: string, folder: string): Promise<void> {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  const deleted = execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: root, encoding: 'utf8' })
  const gone = new Set(deleted.split('\0'))
  for (const file of listed.split('\0').filter(name => name !== '' && !gone.has(name))) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await cp(join(root, file), join(folder, file))
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await mkdir(join(folder, '.page'))
  await symlink('../bin/reops.js', join(folder, '.page', 'reops'))
  await mkdir(join(folder, '.page', 'home'))
}

/** Writes the files that a page shows above a line, as its reader would have by then. */
export async function writeShown(folder: string, modules: DocModule[], line: number): Promise<void> {
  for (const { name, named, code, lines } of modules) {
    if (!named || (lines[0] ?? 0) > line) continue
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), `${code}\n`)
  }
}

/**
 * Runs a block with bash in a scratch checkout, stopping at the first command that fails, with an empty
 * home and a state folder of its own.
 */
export async function runBlock(folder: string, { block, seconds }: Run) {
  const script = join(folder, '.page', 'block.sh')
  await writeFile(script, block.code)
  const path = [join(folder, '.page'), join(folder, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  return await outcomeOf('bash', ['-euo', 'pipefail', script], {
    cwd: folder,
    seconds,
    env: {
      ...process.env,
      PATH: path,
      HOME: join(folder, '.page', 'home'),
      REOPS_STATE: join(folder, '.page', 'state'),
      NO_COLOR: '1',
    },
  })
}
