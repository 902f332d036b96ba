import { describe, expect, test } from 'vitest'
import { InvalidArguments } from '../../../src/core/errors.ts'
import { freeVariables } from '../../../src/operations/agents/free-variables.ts'
import { textOf } from '../../../src/operations/agents/function-text.ts'

describe('names that a function takes from around it', () => {
  test.each([
    ['() => outer', ['outer']],
    ['x => x + outer', ['outer']],
    ['x => { return outer.part }', ['outer']],
    ['x => { outer.go(x) }', ['outer']],
    ['async () => await outer()', ['outer']],
    ['x => x.map(y => y * factor)', ['factor']],
    ['x => Math.max(x, limit)', ['limit']],
    ['(x = preset) => x', ['preset']],
    [`x => \`a \${outer} b\``, ['outer']],
    ['x => new Thing(x)', ['Thing']],
    ['n => again(n - 1)', ['again']],
    ['x => { /* outer */ return "it\'s" + a /b/ c }', ['a', 'b', 'c']],
  ])('%s', (text, names) => {
    expect(freeVariables(text)).toEqual(names)
  })

  test.each([
    'x => x',
    'async x => x + 1',
    '(a, b) => a + b',
    '({ a, b: [c], ...rest }) => [a, c, rest]',
    '({ a: { deep = 1 } = {} }) => deep',
    'function named(n) { return n > 0 ? named(n - 1) : 0 }',
    'function* numbers() { const one = 1; yield one }',
    'x => { let y = 1, z = 2; return x + y + z }',
    'x => { for (const a of x) console.log(a); for (let i = 0, n = x.length; i < n; i++) x.push(i) }',
    'x => { try { x() } catch (error) { return error.message } }',
    'x => { try { x() } catch ({ message }) { return message } }',
    'x => { loop: for (;;) { break loop } }',
    'x => ({ key: x, method() { return x }, get value() { return x }, [x]: 1 })',
    'x => x.outer?.further.name',
    'x => "outer " + \'outer\' + /outer[/"]/.source',
    'x => { class Shape { area = 1; #own = 2; size() { return this.#own } } return new Shape() }',
    'async () => (await import("node:os")).hostname()',
    'async () => { const { readFile } = await import("node:fs/promises"); return readFile("/x") }',
    'x => typeof maybe === "undefined" ? x : 1',
    `x => \`\${x} \${\`\${x}\` + "\`"} outer\``,
    '() => process.pid + Buffer.from("x").length + require("os").EOL.length',
    'x => { // outer.thing()\n return x }',
    'x => { function inner(y) { return y } return inner(x) }',
    'x => { const inner = y => y; return inner(x) }',
    'x => { if (x) { x = 1 } while (x < 9) { x++ } return x }',
    'function () { return arguments.length }',
    'x => { var { a = 1, b } = x; switch (x) { case a: return b } }',
    'x => x / 2 / x',
    'x => { const re = x ? /a/g : /b/; return re }',
  ])('none in %s', text => {
    expect(freeVariables(text)).toEqual([])
  })
})

describe('the text of a function', () => {
  const read = (fn: (...words: any[]) => unknown, ...words: unknown[]): unknown =>
    new Function(`return (${textOf(fn)})`)()(...words)

  test('is an expression of the same function, however it was written', () => {
    expect(read((n: number) => n + 1, 1)).toBe(2)
    expect(
      read(function plus(n: number) {
        return n + 2
      }, 1),
    ).toBe(3)
    const { shorthand } = {
      shorthand(n: number) {
        return n + 3
      },
    }
    expect(read(shorthand, 1)).toBe(4)
    const methods = {
      async later(n: number) {
        return n + 4
      },
    }
    expect(read(methods.later, 1)).toBeInstanceOf(Promise)
  })

  test('is refused where it could not be the same on a host', () => {
    const outer = { part: 1 }
    expect(() => textOf(() => outer.part)).toThrow(/uses outer from around it.*hand it over as the argument/)
    expect(() => textOf(Math.max)).toThrow(/bound or built in/)
    expect(() => textOf((() => 1).bind(null))).toThrow(InvalidArguments)
    expect(() => textOf(class {} as never)).toThrow(/is a class/)
    const long = new Function(`return '${'x'.repeat(70_000)}'`) as () => string
    expect(() => textOf(long)).toThrow(/65536 is the most/)
  })
})
