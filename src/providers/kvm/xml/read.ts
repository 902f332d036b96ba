import { XMLParser } from 'fast-xml-parser'

/** An element that was read. What isn't there reads as `undefined` or as an empty list, so that paths can be followed. */
export interface XmlElement {
  readonly name: string
  attribute(name: string): string | undefined
  /** All text inside. */
  readonly text: string
  children(name: string): readonly XmlElement[]
  /** The first at the end of a path of names. */
  find(...path: string[]): XmlElement | undefined
}

const attributes = ':@'
const textName = '#text'

/** Nothing of libvirt's is larger: the description of a domain has some kilobytes. */
const mostCharacters = 4 * 1024 * 1024

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: true,
  htmlEntities: true,
})

type Ordered = Readonly<Record<string, unknown>>

/** Reads a document. Throws a plain error that says where it is wrong; the caller knows whose it is. */
export function readXml(text: string): XmlElement {
  if (text.length > mostCharacters) throw new Error(`XML of ${text.length} characters is too large`)
  // Entities of a document's own are what hostile XML is made of; libvirt writes none.
  if (/<!DOCTYPE/i.test(text)) throw new Error('XML with a document type')
  const nodes = parser.parse(text, true) as readonly Ordered[]
  const root = nodes
    .map(nameOf)
    .findIndex(name => name !== undefined && name !== textName && !name.startsWith('?'))
  const found = nodes[root]
  if (found === undefined) throw new Error('XML without an element')
  return elementOf(found)
}

function nameOf(node: Ordered): string | undefined {
  return Object.keys(node).find(key => key !== attributes)
}

function elementOf(node: Ordered): XmlElement {
  const name = nameOf(node)!
  const content = (node[name] ?? []) as readonly Ordered[]
  const own = (node[attributes] ?? {}) as Readonly<Record<string, string>>
  const children = (wanted: string) => content.filter(child => nameOf(child) === wanted).map(elementOf)
  const element: XmlElement = {
    name,
    attribute: key => (Object.hasOwn(own, key) ? String(own[key]) : undefined),
    get text() {
      return content
        .map(child => (nameOf(child) === textName ? String(child[textName]) : elementOf(child).text))
        .join('')
    },
    children,
    find: (...path) => {
      let at: XmlElement | undefined = element
      for (const step of path) at = at?.children(step)[0]
      return at
    },
  }
  return element
}
