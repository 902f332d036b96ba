import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { BrokerSettings } from '../core/broker.ts'
import { defined } from '../core/defined.ts'
import { InvalidConfig } from '../core/errors.ts'
import type { BrokerSecrets } from '../triggers/mqtt/index.ts'
import type { LoadedConfig } from './config.ts'
import { readSecret } from './systems/secrets.ts'

/** Reads the files and the password that the broker's settings name. Rejects with `InvalidConfig` where one is not there. */
export async function brokerSecrets(
  { folder }: LoadedConfig,
  settings: BrokerSettings,
  parameter: (name: string) => Promise<string> = noParameters,
): Promise<BrokerSecrets> {
  const { password, ca, certificate, certificateKey } = settings
  const pem = async (field: string, file: string | undefined) => {
    if (file === undefined) return undefined
    try {
      return await readFile(path.resolve(folder, file), 'utf8')
    } catch (cause) {
      throw new InvalidConfig(`broker.${field}: ${(cause as Error).message}`, { cause })
    }
  }
  return defined({
    password: password === undefined ? undefined : await readSecret(password, folder, parameter),
    ca: await pem('ca', ca),
    certificate: await pem('certificate', certificate),
    certificateKey: await pem('certificateKey', certificateKey),
  })
}

async function noParameters(name: string): Promise<string> {
  throw new InvalidConfig(
    `broker.password: ${name} stands in AWS, which is not asked here; name a variable or a file`,
  )
}
