/** An element, its attributes and what it holds; what is `undefined` or `false` is left out. */
export type XmlNode = string | false | undefined

/** Markup that was made by `element`; any other text that it is given is escaped. */
class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type XmlContent = Markup | XmlNode | readonly XmlContent[]

/**
 * Writes an element. Text and attributes are escaped; characters that XML 1.0 doesn't know are taken out, since
 * libvirt refuses a document that has one.
 *
 * @example
 * xmlText(element('vcpu', { placement: 'static' }, '2')) // '<vcpu placement="static">2</vcpu>'
 */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
  ...content: readonly XmlContent[]
): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join('')
  const inside = content.map(inner).join('')
  return new Markup(inside === '' ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`)
}

/** The text of a document. */
export function xmlText(root: Markup): string {
  return root.text
}

function inner(content: XmlContent): string {
  if (content === undefined || content === false) return ''
  if (typeof content === 'string') return escaped(content)
  if (content instanceof Markup) return content.text
  return content.map(inner).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
}

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll(/[&<>"'\n\r\t]/g, character => entities[character]!)
}
