import { describe, expect, test } from 'vitest'
import { stripTypes } from '../../../src/cli/repl/typescript.ts'

describe('types are taken out', () => {
  test.each([
    ['const n: number = 1\n', 'const n         = 1\n'],
    ['(await run(x)) as Outcome\n', '(await run(x))           \n'],
    [
      'interface Shelf { disks: number }\n',
      ' '.repeat('interface Shelf { disks: number }'.length).concat('\n'),
    ],
    ['{ a: 1, b: 2 }\n', '{ a: 1, b: 2 }\n'],
    ['{ a: 1, b: 2 as number }\n', '{ a: 1, b: 2           }\n'],
  ])('of %j', (text, code) => {
    expect(stripTypes(text)).toEqual({ code })
  })
})

describe('a text that goes on in the next line', () => {
  test.each([
    'function f(a: number) {\n',
    'pipe(\n',
    'pipe(ls(closet, "/"),\n',
    '[1, 2\n',
    'const a =\n',
    'x.\n',
    '`a line\n',
    '/* a comment\n',
    "'a line \\\n",
    'type Shelf = {\n',
    'if (ready)\n',
    'class Shelf {\n  disks: number\n',
  ])('is not complete: %j', text => {
    expect(stripTypes(text)).toMatchObject({ incomplete: true })
  })
})

describe('a text that is wrong', () => {
  test.each([
    '}\n',
    'const x: = 3\n',
    'foo(1,\n  2 3\n',
    '"open\n',
    'enum Shelf { Top }\n',
    'namespace N { export const x = 1 }\n',
  ])('is refused at once: %j', text => {
    expect(stripTypes(text)).toMatchObject({ incomplete: false, error: expect.any(SyntaxError) })
  })

  test('shows its place, and names the line where there are several', () => {
    const stripped = stripTypes('foo(1,\n  2 3)\n')
    expect('error' in stripped && stripped.error.stack).toMatch(
      /^line 2\nfoo\(1,\n {2}2 3\)\n {4}\^\n\nSyntaxError: /,
    )
  })

  test('says what to do where TypeScript would have to be compiled', () => {
    const stripped = stripTypes('enum Shelf { Top }\n')
    expect('error' in stripped && stripped.error.message).toContain('write it as JavaScript')
  })
})
