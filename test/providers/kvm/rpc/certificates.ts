import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** An authority of certificates, which signs for names and addresses. */
export interface Authority {
  /** Writes `<name>cert.pem` and `<name>key.pem`, and `cacert.pem` beside them, as libvirt wants them. */
  sign(folder: string, name: 'server' | 'client', subject: string, alternatives?: string): Promise<void>
}

/** Makes an authority in a folder of its own. */
export async function makeAuthority(folder: string): Promise<Authority> {
  await mkdir(folder, { recursive: true })
  const at = (name: string) => path.join(folder, name)
  const openssl = (...args: string[]) => run('openssl', args)
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=lab', '-keyout', at('key.pem')],
    ...['-addext', 'keyUsage=critical,keyCertSign', '-out', at('cacert.pem')],
  )
  let signed = 0
  return {
    async sign(into, name, subject, alternatives) {
      await mkdir(into, { recursive: true })
      const number = ++signed
      const request = at(`${number}.csr`)
      const file = (part: string) => path.join(into, part)
      await openssl(
        'req',
        ...newKey,
        '-subj',
        `/CN=${subject}`,
        '-keyout',
        file(`${name}key.pem`),
        '-out',
        request,
      )
      const extensions = at(`${number}.ext`)
      await writeFile(
        extensions,
        [
          `extendedKeyUsage=${name}Auth`,
          // libvirt wants the second of everybody, whatever kind of key it is.
          'keyUsage=critical,digitalSignature,keyEncipherment',
          ...(alternatives ? [`subjectAltName=${alternatives}`] : []),
          '',
        ].join('\n'),
      )
      await openssl(
        ...['x509', '-req', '-in', request, '-CA', at('cacert.pem'), '-CAkey', at('key.pem')],
        ...[
          '-set_serial',
          `${number + 1}`,
          '-days',
          '2',
          '-extfile',
          extensions,
          '-out',
          file(`${name}cert.pem`),
        ],
      )
      await run('cp', [at('cacert.pem'), file('cacert.pem')])
    },
  }
}
