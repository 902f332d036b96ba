import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { refusalCodes } from '../../src/compile/check/refusal.ts'

const root = path.join(import.meta.dirname, '../..')
const pages = globSync('docs/errors/*.md', { cwd: root }).map(file => path.basename(file, '.md'))

/** Slugs as the classes of errors write them; refusals of the compiler have theirs in a list. */
const slugs = globSync('{src,functions,onprem-bridge,agent}/**/*.ts', { cwd: root }).flatMap(file =>
  [...readFileSync(path.join(root, file), 'utf8').matchAll(/\bslug = '([a-z-]+)'/g)].map(match => match[1]!),
)

test('every slug has its page, and every page its slug', () => {
  expect([...pages].sort()).toEqual([...new Set([...slugs, ...refusalCodes])].sort())
})

describe.each(pages)('%s', page => {
  const text = readFileSync(path.join(root, 'docs/errors', `${page}.md`), 'utf8')

  test('has its slug, the message, and an example before and after', () => {
    expect(text).toMatch(/^# \S/)
    expect(text).toContain(`\`${page}\``)
    expect(text.match(/```text\n/g)).toHaveLength(1)
    // What goes wrong at the command line is put right there.
    expect(text).toMatch(/Before:\n\n```(?:ts|sh\b.*)\n[\s\S]*After:\n\n```(?:ts|sh\b.*)\n/)
  })
})
