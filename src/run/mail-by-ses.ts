import { type AwsSettings, clientOptions } from '../core/aws.ts'
import { defined } from '../core/defined.ts'
import type { MailPort } from '../core/mail.ts'
import type { SesSettings } from '../core/mail-settings.ts'

export interface MailBySes {
  readonly from: string
  readonly ses: SesSettings
}

/** SES as a configuration means it. Its client is loaded with the first mail. */
export function wireSes(
  { from, ses: { region: own, ...settings } }: MailBySes,
  aws: Pick<AwsSettings, 'region' | 'profile' | 'endpoint' | 'endpoints'>,
): MailPort {
  const region = own ?? aws.region ?? process.env.AWS_REGION
  const server = region === undefined ? 'SES' : `SES in ${region}`
  const options = { ...clientOptions(aws, 'ses'), ...defined({ region }) }
  let opened: Promise<MailPort> | undefined
  return {
    server,
    async send(mail, recipients, signal) {
      opened ??= import('../transports/ses/index.ts').then(({ openSes }) =>
        openSes({ server, from, settings, ...options }),
      )
      return (await opened).send(mail, recipients, signal)
    },
  }
}
