import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A fenced block of a page. `line` is that of its first line of code, counted from 1. */
export type Block = { page: string; line: number; language: string; words: string[]; code: string }

/**
 * The pages that a reader sees: README.md and everything under docs, by path from the root.
 *
 * @example
 * pages(root) // ['README.md', 'docs/errors/exit.md']
 */
export function pages(root: string): string[] {
  return globSync(['README.md', 'docs/**/*.md'], { cwd: root }).sort()
}

/** The fenced blocks of one page, in order. */
export function blocksOf(root: string, page: string): Block[] {
  return parseBlocks(page, readFileSync(join(root, page), 'utf8'))
}

/**
 * Takes the fenced blocks out of a page's text. The first word after the fence is the language, the
 * others are ours: they say what is done with the block.
 *
 * @example
 * parseBlocks('README.md', '```sh run exit=1\nfalse\n```')[0]?.words // ['run', 'exit=1']
 * @throws when a fence is never closed
 */
export function parseBlocks(page: string, text: string): Block[] {
  const found: Block[] = []
  let open: { fence: string; indent: number; block: Block } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const [, indent = '', fence = '', info = ''] = line.match(/^( *)(`{3,}|~{3,})\s*(.*)$/) ?? []
    if (open) {
      if (fence.startsWith(open.fence) && info === '') {
        found.push(open.block)
        open = undefined
      } else open.block.code += `${line.slice(Math.min(open.indent, line.search(/\S|$/)))}\n`
    } else if (fence) {
      const [language = '', ...words] = info.split(/\s+/)
      open = { fence, indent: indent.length, block: { page, line: index + 2, language, words, code: '' } }
    }
  }
  if (open) throw new Error(`${page}:${open.block.line - 1}: this code block is never closed`)
  return found
}
