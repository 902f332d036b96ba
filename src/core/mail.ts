import { ReopsError } from './errors.ts'

/** A mail as a server gets it. Addresses are bare: `ops@example.org`. */
export interface Mail {
  /** By which the same mail is known when it comes a second time; without brackets or domain. */
  readonly id: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Who did not take a mail, and what their server said. */
export interface MailRefusal {
  readonly address: string
  readonly reply: string
  /** `false` where the server wants to be asked again later. */
  readonly permanent: boolean
}

/** What became of one attempt at a server. Everyone whom it was for is in one of the two. */
export interface MailReceipt {
  readonly accepted: readonly string[]
  readonly refused: readonly MailRefusal[]
}

/** The mail of the world, which the root wires: SMTP or SES. */
export interface MailPort {
  /** Where mail is handed over, for people: a host and its port, or SES and its region. */
  readonly server: string
  /**
   * Hands a mail over once, for some of those to whom it is written. The signal ends the attempt. Rejects with
   * `MailTrouble`, and with `InvalidConfig` where a password can't be read.
   */
  send(mail: Mail, recipients: readonly string[], signal: AbortSignal): Promise<MailReceipt>
}

/** A mail did not get to its server, or was refused for everyone. `retryable` says whether it may go through later. */
export class MailTrouble extends ReopsError {
  override readonly name = 'MailTrouble'
  override readonly retryable: boolean

  constructor(message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.retryable = options.retryable
  }
}
