/** What a token is, as far as telling uses of variables takes it. */
interface Token {
  readonly kind: 'name' | 'value' | 'sign'
  readonly text: string
}

/** What every function finds wherever it executes; read when this file is, before a REPL adds its own. */
const everywhere = new Set([
  ...Object.getOwnPropertyNames(globalThis),
  'require',
  'arguments',
  '__name',
  'undefined',
])

const keywords = new Set(
  'await break case catch class const continue debugger default delete do else export extends finally for function if import in instanceof let new of return static super switch this throw try typeof var void while with yield null true false async get set from as enum target meta'.split(
    ' ',
  ),
)

/** After these a name can only be the use of a variable. */
const before = new Set(
  '= + - * / % ! ~ & | ^ < > && || ?? == === != !== <= >= += -= *= /= %= **= **'
    .split(' ')
    .concat([
      '&&=',
      '||=',
      '??=',
      '<<',
      '>>',
      '>>>',
      '=>',
      'return',
      'await',
      'new',
      'throw',
      'yield',
      'instanceof',
      'case',
      'void',
      'delete',
    ]),
)

/**
 * Names that a function plainly takes from around it. It has no parser, so it only says what can't be otherwise: a name
 * that stands nowhere in the text where it could be made, that isn't everywhere, and whose every use is plainly one. A
 * name that it misses is explained where the function executes.
 */
export function freeVariables(text: string): string[] {
  const tokens = tokensOf(text)
  const uses = new Map<string, boolean>()
  tokens.forEach(({ kind, text: name }, at) => {
    if (kind !== 'name' || keywords.has(name) || everywhere.has(name)) return
    const previous = tokens[at - 1]?.text
    const next = tokens[at + 1]?.text
    if (previous === '.' || previous === '?.') return
    // A key, or a label: neither makes a variable nor uses one.
    if (next === ':' && (previous === '{' || previous === ',')) return
    uses.set(name, (uses.get(name) ?? true) && isPlainUse(tokens, at, previous, next))
  })
  return [...uses].filter(([, plain]) => plain).map(([name]) => name)
}

function isPlainUse(tokens: readonly Token[], at: number, previous = '', next = ''): boolean {
  // It may be a parameter of an arrow function, or guarded by typeof.
  if (next === '=>' || previous === 'typeof') return false
  // The star of a generator multiplies nothing.
  if (previous === '*' && !endsValue(tokens[at - 2])) return false
  if (before.has(previous)) return true
  // Statements that begin with it: a call of something in it, which no declaration looks like.
  if (['{', '}', ';'].includes(previous)) return next === '.' || next === '?.'
  return (previous === '(' || previous === ',') && isInCall(tokens, at)
}

/** Whether the round brackets around a token are a call's, and not those of parameters. */
function isInCall(tokens: readonly Token[], at: number): boolean {
  let open = at - 1
  for (let depth = 0; open >= 0; open--) {
    const { text } = tokens[open]!
    if (text === ')' || text === ']' || text === '}') depth++
    else if (text === '(' || text === '[' || text === '{') {
      if (depth === 0) break
      depth--
    }
  }
  if (tokens[open]?.text !== '(') return false
  const caller = tokens[open - 1]
  if (!caller || ['catch', 'function', 'for', 'async', '*'].includes(caller.text)) return false
  if (tokens[open - 2]?.text === 'function' || tokens[open - 2]?.text === '*') return false
  let close = at + 1
  for (let depth = 0; close < tokens.length; close++) {
    const { text } = tokens[close]!
    if (text === '(' || text === '[' || text === '{') depth++
    else if (text === ')' || text === ']' || text === '}') {
      if (depth === 0) break
      depth--
    }
  }
  const after = tokens[close + 1]?.text
  return after !== '=>' && after !== '{'
}

const signs = [
  '>>>=',
  '...',
  '===',
  '!==',
  '**=',
  '<<=',
  '>>=',
  '>>>',
  '&&=',
  '||=',
  '??=',
  '=>',
  '==',
  '!=',
  '<=',
  '>=',
  '&&',
  '||',
  '??',
  '?.',
  '++',
  '--',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
  '<<',
  '>>',
  '**',
]

/** After these a slash divides; elsewhere it begins a regular expression. */
const endsValue = (token: Token | undefined) =>
  token !== undefined &&
  (token.kind === 'value' ||
    [')', ']', '}'].includes(token.text) ||
    (token.kind === 'name' &&
      (!keywords.has(token.text) || ['this', 'super', 'null', 'true', 'false'].includes(token.text))))

const blanks = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/y
const names = /#?[\p{ID_Start}$_][\p{ID_Continue}$]*/uy
const numbers = /(?:0[xob][\da-f_]+n?|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d+)?n?)/iy
const strings = /(?:'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*")/y
const regexes = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y

/** Cuts a text into tokens. What stands between the texts of a template is cut too; texts and comments are left out. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  /** For each template that is open: how many braces are open within the part that is code. */
  const templates: number[] = []
  let at = 0
  const template = () => {
    for (; at < text.length; at++) {
      if (text[at] === '\\') at++
      else if (text[at] === '`') {
        at++
        tokens.push({ kind: 'value', text: '``' })
        return
      } else if (text[at] === '$' && text[at + 1] === '{') {
        at += 2
        templates.push(0)
        tokens.push({ kind: 'sign', text: '+' })
        return
      }
    }
  }
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0]
  }
  while (at < text.length) {
    const rest = text.slice(at, at + 4)
    const blank = match(blanks)
    const name = match(names)
    const value = match(numbers) ?? match(strings) ?? (endsValue(tokens.at(-1)) ? undefined : match(regexes))
    const open = templates.length - 1
    if (blank) at += blank.length
    else if (name) {
      tokens.push({ kind: 'name', text: name })
      at += name.length
    } else if (value) {
      tokens.push({ kind: 'value', text: '0' })
      at += value.length
    } else if (rest[0] === '`') {
      at++
      template()
    } else if (rest[0] === '}' && open >= 0 && templates[open] === 0) {
      at++
      templates.pop()
      tokens.push({ kind: 'sign', text: '+' })
      template()
    } else {
      if (open >= 0 && rest[0] === '{') templates[open]!++
      if (open >= 0 && rest[0] === '}') templates[open]!--
      const sign = signs.find(each => rest.startsWith(each)) ?? rest[0]!
      tokens.push({ kind: 'sign', text: sign })
      at += sign.length
    }
  }
  return tokens
}
