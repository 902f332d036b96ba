import * as z from 'zod'

/** What an algorithm's key holds after its name: how many fields, and what is asked of them. */
type Check = (fields: readonly Buffer[]) => string | undefined

const curve =
  (name: string, point: number, more = 0): Check =>
  fields =>
    fields.length === 2 + more && fields[0]?.toString('latin1') === name && fields[1]?.length === point
      ? undefined
      : 'its data is not a key of that kind'

const edwards =
  (more = 0): Check =>
  fields =>
    fields.length === 1 + more && fields[0]?.length === 32 ? undefined : 'its data is not a key of that kind'

const smallestRsa = 2048

const rsa: Check = fields => {
  const [exponent, modulus] = fields
  if (fields.length !== 2 || !exponent?.length || !modulus?.length)
    return 'its data is not a key of that kind'
  const bits = bitLength(modulus)
  return bits < smallestRsa
    ? `it has ${bits} bits, and OpenSSH takes RSA keys from ${smallestRsa} bits on; make another with: ssh-keygen -t ed25519`
    : undefined
}

const algorithms = new Map<string, Check>([
  ['ssh-ed25519', edwards()],
  ['ssh-rsa', rsa],
  ['ecdsa-sha2-nistp256', curve('nistp256', 65)],
  ['ecdsa-sha2-nistp384', curve('nistp384', 97)],
  ['ecdsa-sha2-nistp521', curve('nistp521', 133)],
  // Keys in hardware: an application's name comes last.
  ['sk-ssh-ed25519@openssh.com', edwards(1)],
  ['sk-ecdsa-sha2-nistp256@openssh.com', curve('nistp256', 65, 1)],
])

/**
 * A public SSH key, one line as in a `.pub` file, without options. What is refused is never repeated in the
 * error, since it might be a private key.
 */
export const publicKey = z
  .string()
  .transform(text => text.trim())
  .superRefine((text, context) => {
    const problem = problemOf(text)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })

function problemOf(text: string): string | undefined {
  if (/PRIVATE KEY|^PuTTY-User-Key-File/.test(text))
    return 'that is a private key, which never leaves its owner: give the text of the .pub file beside it'
  if (text.startsWith('---- BEGIN SSH2 PUBLIC KEY'))
    return 'that key is in the format of RFC 4716; convert it with: ssh-keygen -i -f <file>'
  if (!/^[\x20-\x7e\u00a1-\uffff]+$/.test(text) || !text.isWellFormed() || text.length > 16_384)
    return 'a public key is one line of text, as in a .pub file'
  const [algorithm = '', data = ''] = text.split(/ +/)
  if (/-cert-v\d+@openssh\.com$/.test(algorithm))
    return 'that is a certificate; give the public key that it was made for'
  if (algorithm === 'ssh-dss')
    return 'DSA keys are taken by no current sshd; make one with: ssh-keygen -t ed25519'
  const check = algorithms.get(algorithm)
  if (!check)
    return `a public key begins with its algorithm and has no options; one of ${[...algorithms.keys()].join(', ')}`
  const fields = readBlob(data)
  if (!fields) return `the ${algorithm} key is damaged or cut short: its data can not be read`
  const inside = fields[0]?.toString('latin1')
  if (inside !== algorithm) return `the key says that it is ${algorithm}, and its data are of another kind`
  const problem = check(fields.slice(1))
  return problem === undefined ? undefined : `the ${algorithm} key can't be used: ${problem}`
}

/** The fields of a key: each is its length in four bytes, then as many bytes. */
function readBlob(text: string): Buffer[] | undefined {
  const blob = Buffer.from(text, 'base64')
  // Node skips what is not base64; what it read must be what stood there.
  if (blob.length === 0 || blob.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, ''))
    return undefined
  const fields: Buffer[] = []
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return undefined
    const end = at + 4 + blob.readUInt32BE(at)
    if (end > blob.length) return undefined
    fields.push(blob.subarray(at + 4, end))
    at = end
  }
  return fields
}

function bitLength(number: Buffer): number {
  const first = number.findIndex(byte => byte !== 0)
  return first < 0 ? 0 : (number.length - first - 1) * 8 + (32 - Math.clz32(number[first]!))
}
