import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { InvalidConfig } from '../core/errors.ts'
import type { MailPort } from '../core/mail.ts'
import type { SmtpSettings } from '../core/mail-settings.ts'
import { once } from '../core/once.ts'
import type { LoadedConfig } from './config.ts'
import { wireSes } from './mail-by-ses.ts'
import { openParameterReader } from './systems/parameters.ts'
import { readSecret } from './systems/secrets.ts'

/** The mail server of a configuration, or SES; nothing where it names neither. */
export function wireMail(loaded: LoadedConfig): MailPort | undefined {
  const { mail, aws } = loaded.config
  if (mail === undefined) return undefined
  return 'ses' in mail ? wireSes(mail, aws) : wireSmtp(mail, loaded)
}

/** Its client, its password and its certificate are loaded with the first mail, and read anew after one that found them unreadable. */
function wireSmtp(settings: SmtpSettings, { config: { aws }, folder }: LoadedConfig): MailPort {
  const open = once(async (): Promise<MailPort> => {
    const { openSmtp } = await import('../transports/smtp/index.ts')
    const [password, ca] = await Promise.all([passwordOf(), settings.ca && readCa(settings.ca)])
    return openSmtp({ settings, password, ca })
  })
  const passwordOf = async (): Promise<string | undefined> => {
    if (settings.password === undefined) return undefined
    const parameters = openParameterReader(aws)
    try {
      return await readSecret(settings.password, folder, parameters.read)
    } finally {
      await parameters.close()
    }
  }
  const readCa = async (file: string): Promise<string> => {
    const place = path.resolve(folder, file)
    try {
      return await readFile(place, 'utf8')
    } catch (cause) {
      throw new InvalidConfig(`mail.ca: ${(cause as Error).message}`, { cause })
    }
  }
  return {
    server: settings.host,
    async send(mail, recipients, signal) {
      return (await open()).send(mail, recipients, signal)
    },
  }
}
