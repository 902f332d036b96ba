import { describe, expect, it } from 'vitest'
import { InvalidArguments } from '../../../src/core/errors.ts'
import { render } from '../../../src/operations/provision/files/render.ts'
import fc from '../../support/fast-check.ts'

const vars = {
  port: 6379,
  bind: { host: 'é $& {{ port }}' },
  list: ['a', 'b'],
  on: true,
  off: false,
  none: null,
}

describe('a template', () => {
  it.each([
    ['port {{ port }}\n', 'port 6379\n'],
    ['{{port}}{{  on  }}{{off}}', '6379truefalse'],
    ['{{ bind.host }}', 'é $& {{ port }}'],
    ['{{ list.1 }}', 'b'],
    ['\\{{ port }}', '{{ port }}'],
    ['{ port } }} $(port)', '{ port } }} $(port)'],
    ['', ''],
  ])('%j becomes %j', (text, filled) => {
    expect(render(text, vars, 'it')).toBe(filled)
  })

  it.each([
    ['{{ nosuch }}', 'line 1: nosuch is missing'],
    ['\n\n{{ bind.nosuch }}', 'line 3: bind.nosuch is missing'],
    ['{{ bind }}', 'line 1: bind is an object'],
    ['{{ list }}', 'line 1: list is a list'],
    ['{{ none }}', 'line 1: none is null'],
    ['{{ port', 'line 1: {{ is not closed'],
    ['{{ }}', 'names no variable'],
    ['{{ 1 + 1 }}', 'names no variable'],
    ['{{ constructor }}', 'constructor is missing'],
    ['{{ bind.__proto__ }}', '__proto__'],
    ['{{ list.length }}', 'list.length is missing'],
    ['{{ port.toFixed }}', 'port.toFixed is missing'],
  ])('%j is refused, by name', (text, why) => {
    expect(() => render(text, vars, 'it')).toThrow(InvalidArguments)
    expect(() => render(text, vars, 'it')).toThrow(why)
  })

  it('names all that is missing at once', () => {
    expect(() => render('{{ a }} {{ b }}', {}, 'it')).toThrow(
      'it: line 1: a is missing; line 1: b is missing',
    )
  })

  it('puts in any text as it is, and reads it no second time', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const around = a.replaceAll('{{', '').replaceAll('\\', '').replace(/\{$/, '')
        expect(render(`${around}{{ b }}`, { b }, 'it')).toBe(around + b)
      }),
    )
  })
})
