import type { Compiled } from '../src/compile/compile.ts'
import type { Permission } from '../src/core/aws.ts'
import { InvalidConfig } from '../src/core/errors.ts'
import { readMailAddress } from '../src/core/mail-address.ts'
import { type MailSettings, sesOf } from '../src/core/mail-settings.ts'
import { mailInCloud } from '../src/operations/notify/in-cloud.ts'
import type { Places } from './grant.ts'

/** Throws `InvalidConfig` where flows mail in the cloud and nobody is named whom mails are from. */
export function refuseMail(
  machines: ReadonlyMap<string, Pick<Compiled, 'tasks'>>,
  mail: MailSettings | undefined,
): void {
  if (mail !== undefined) return
  const mailing = [...machines].find(([, { tasks }]) =>
    [...tasks.values()].some(({ definition }) => definition.name === 'email' && definition.site === 'cloud'),
  )
  if (mailing === undefined) return
  throw new InvalidConfig(
    `flow ${mailing[0]} mails in the cloud, and nobody is named whom its mails are from: say mail: { ses: true, from: 'closet@example.org' } in reops.config.ts, with an address or domain that is verified in SES`,
  )
}

/** What the placeholders of permissions to mail stand for; none where no sender is configured. */
export function mailPlaces(
  mail: MailSettings | undefined,
  { region }: Pick<Places, 'region'>,
): Pick<Places, 'sender' | 'mailRegion'> {
  const sending = sesOf(mail)
  if (sending === undefined) return {}
  return { sender: readMailAddress(sending.from)!.address, mailRegion: sending.ses.region ?? region }
}

/** What a bridge may do that hands its mails to SES. */
export function bridgeMail(mail: MailSettings | undefined): readonly Permission[] {
  if (mail === undefined || !('ses' in mail)) return []
  return [...mailInCloud.permissions, ...identityPermissions(mail)]
}

/** What permissions to mail do not say by themselves: the identity of another account. */
export function identityPermissions(mail: MailSettings | undefined): readonly Permission[] {
  const identity = sesOf(mail)?.ses.identityArn
  if (identity === undefined) return []
  return mailInCloud.permissions.map(one => ({ ...one, resources: [identity] }))
}
