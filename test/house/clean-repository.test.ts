import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** What the repository holds or would hold: tracked files, and new ones that are not ignored. */
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter(file => file !== '' && existsSync(join(root, file)))

/** Lines of text files that match, as `file:line: text`. */
function linesWith(pattern: RegExp): string[] {
  return files.flatMap(file => {
    const text = readFileSync(join(root, file), 'utf8')
    if (text.includes('\0')) return []
    return text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []))
  })
}

/** A path that exists on the machine of whoever wrote it: the checkout's, a home, a scratch folder's. */
function machinePath(): RegExp {
  const homes = [homedir(), join('/home', userInfo().username), '/root', '/Users/\\w+', '/work']
  return new RegExp(`(^|[\\s'"\`(=:])(${[root.replace(/\/$/, ''), ...homes].join('|')})/[\\w.]`)
}

test('no file names a path of the machine that it was written on', () => {
  expect(linesWith(machinePath())).toEqual([])
})

test('no file names a package registry, the lockfile included', () => {
  expect(linesWith(/"resolved": *"|\bregistry\.[a-z-]+\.(org|com|io|dev|net)\b/)).toEqual([])
})

test('no file holds a private key', () => {
  expect(linesWith(new RegExp(`-----BEGIN [A-Z ]*${'PRIVATE'} KEY-----$`))).toEqual([])
})
