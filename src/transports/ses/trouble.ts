import type { AwsClientOptions } from '../../core/aws.ts'
import { explainAws } from '../../core/aws-errors/explain.ts'
import { saidByAws } from '../../core/aws-errors/meaning.ts'
import { ReopsError } from '../../core/errors.ts'
import { MailTrouble } from '../../core/mail.ts'

/** Whose mail it was, and by whom it was sent. */
export interface SesTold extends AwsClientOptions {
  readonly server: string
  /** The bare address. */
  readonly from: string
  readonly configurationSet?: string | undefined
}

/** Characters of what SES says, which may name everyone to whom a mail goes, so that what is to be done is not cut off. */
const longestSaid = 220

interface Meaning {
  readonly advice: string
  readonly retryable?: true
}

/** How SES's own errors of SendEmail are called, and what is to be done about each. */
const meanings: Readonly<Record<string, (told: SesTold, said: string) => Meaning>> = {
  MessageRejected: ({ from }, said) => ({
    advice: /not verified/i.test(said)
      ? `verify ${from} or its domain as an identity of SES in that region; while the account is in SES's sandbox those to whom a mail goes have to be verified too, until production access is granted`
      : 'look at what the mail says',
  }),
  MailFromDomainNotVerifiedException: ({ from }) => ({
    advice: `the MAIL FROM domain of ${from} is not set up: add its MX record, or take the custom domain from the identity`,
  }),
  AccountSuspendedException: () => ({
    advice:
      "AWS lets this account send no mails any more: answer AWS's mails about it, in the support center",
  }),
  SendingPausedException: ({ configurationSet }) => ({
    advice: `sending is paused for the account${configurationSet === undefined ? '' : ` or the configuration set ${configurationSet}`}: look at the account dashboard of SES, and let it go on there`,
  }),
  NotFoundException: ({ configurationSet }) => ({
    advice: `mail.ses of reops.config.ts names something that is not there${configurationSet === undefined ? '' : `, such as the configuration set ${configurationSet}`}`,
  }),
  BadRequestException: () => ({
    advice: 'look at mail in reops.config.ts, and at the addresses to whom the mail goes',
  }),
  TooManyRequestsException: () => ({
    advice: 'more mails a second than the account may send; SES raises that quota when it is asked to',
    retryable: true,
  }),
  LimitExceededException: () => ({
    advice: 'more mails a day than the account may send; SES raises that quota when it is asked to',
    retryable: true,
  }),
}

/**
 * Says what came in the way of a mail, in the words of SES where it said any, and what to do. Being asked too often, a trouble
 * of AWS's own and no answer may be otherwise soon; all else stays as it is. `timeoutMs` is what was over, where that
 * ended the attempt.
 */
export function explainSes(thrown: unknown, told: SesTold, timeoutMs?: number): MailTrouble {
  const { server, region, profile, endpoint } = told
  const trouble = (text: string, retryable: boolean) =>
    new MailTrouble(`${server}: ${text}`, { retryable, cause: thrown })
  if (timeoutMs !== undefined) return trouble(`no answer within ${Math.ceil(timeoutMs / 1_000)} s`, true)
  const name = thrown instanceof Error ? thrown.name : ''
  if (Object.hasOwn(meanings, name)) {
    const said = saidByAws(thrown, longestSaid)
    const { advice, retryable = false } = meanings[name]!(told, said)
    return trouble(`${said || name}: ${advice}`, retryable)
  }
  const explained = explainAws(thrown, { action: 'ses:SendEmail', region, profile, endpoint })
  return trouble(explained.message, explained instanceof ReopsError && explained.retryable)
}
