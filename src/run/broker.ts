import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { BrokerSettings } from '../core/broker.ts'
import { defined } from '../core/defined.ts'
import { InvalidConfig } from '../core/errors.ts'
import type { BrokerSecrets } from '../triggers/mqtt/index.ts'
import type { LoadedConfig } from './config.ts'
import { openParameterReader } from './systems/parameters.ts'
import { readSecret } from './systems/secrets.ts'

/** Reads the files and the password that the broker's settings name. Rejects with `InvalidConfig` where one is not there. */
export async function brokerSecrets(
  { config, folder }: LoadedConfig,
  { password, ca, certificate, certificateKey }: BrokerSettings,
): Promise<BrokerSecrets> {
  const parameters = openParameterReader(config.aws)
  try {
    return defined({
      password: password && (await readSecret(password, folder, parameters.read)),
      ca: ca && (await readPem('ca', ca, folder)),
      certificate: certificate && (await readPem('certificate', certificate, folder)),
      certificateKey: certificateKey && (await readPem('certificateKey', certificateKey, folder)),
    })
  } finally {
    await parameters.close()
  }
}

async function readPem(field: string, file: string, folder: string): Promise<string> {
  const place = path.resolve(folder, file)
  try {
    return await readFile(place, 'utf8')
  } catch (cause) {
    throw new InvalidConfig(`broker.${field} is ${place}, which can't be read: ${(cause as Error).message}`, {
      cause,
    })
  }
}
