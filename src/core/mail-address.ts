/** What stands before the `@`, without the quotes that hardly any server takes. */
const local = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
const domain = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*'
const bare = new RegExp(`^${local}@${domain}$`)

/** A name is plain words: nothing of it can end the header or begin another address. */
const named = /^([^\p{C}<>@,;:"\\()[\]]{1,100}?) ?<([^<>]+)>$/u

/** An address of a mail and the name in front of it. */
export interface MailAddress {
  readonly name: string
  readonly address: string
}

/**
 * Reads `ops@example.org` or `Closet <ops@example.org>`; nothing for what is neither, such as two addresses or one with a
 * line break.
 *
 * @example
 * readMailAddress('Closet <ops@example.org>') // { name: 'Closet', address: 'ops@example.org' }
 */
export function readMailAddress(text: string): MailAddress | undefined {
  if (text.length > 420) return undefined
  const [, name = '', address = text] = named.exec(text) ?? []
  // RFC 5321: 64 before the @ and 254 in all.
  const fits = address.length <= 254 && address.indexOf('@') <= 64 && bare.test(address)
  return fits ? { name: name.trim(), address } : undefined
}

/** Whether a text is one address. */
export function isMailAddress(text: string): boolean {
  return readMailAddress(text) !== undefined
}
