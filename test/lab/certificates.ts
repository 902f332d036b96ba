import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A key and a certificate for localhost in PEM, and the file with the certificate of who signed it. */
export interface Certificates {
  readonly key: string
  readonly cert: string
  readonly caFile: string
}

/** Makes somebody who signs and a certificate for localhost in a folder. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const openssl = (words: string) => run('openssl', words.split(' '), { cwd: folder })
  const kind = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
  await openssl(`req -x509 ${kind} -keyout ca-key.pem -out ca.pem -subj /CN=closet -days 2`)
  await openssl(`req ${kind} -keyout key.pem -out request.pem -subj /CN=localhost`)
  await writeFile(path.join(folder, 'names'), 'subjectAltName=DNS:localhost\n')
  await openssl(
    'x509 -req -in request.pem -out cert.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -extfile names -days 2',
  )
  const text = (name: string) => readFile(path.join(folder, name), 'utf8')
  return { key: await text('key.pem'), cert: await text('cert.pem'), caFile: path.join(folder, 'ca.pem') }
}
