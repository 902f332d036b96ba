import { slot } from '../../core/arn.ts'
import type { Permission } from '../../core/aws.ts'
import type { CloudOptions } from '../../core/operation/operation.ts'

const ses = `arn:${slot('partition')}:ses:${slot('mailRegion')}:${slot('account')}`

/**
 * Mails go out in the name of the configured sender and of no one else. IAM asks for the one action or the other by how a
 * mail is written, and for the configuration set too that an identity has by itself.
 */
const permissions: readonly Permission[] = [
  {
    actions: ['ses:SendEmail', 'ses:SendRawEmail'],
    resources: [`${ses}:identity/*`, `${ses}:configuration-set/*`],
    conditions: { StringEquals: { 'ses:FromAddress': slot('sender') } },
  },
]

/**
 * How a mail is sent in the cloud: by SES. A Lambda ends after 15 minutes, which bounds what is tried there; the state may
 * take longer, so that it is never the engine that ends it, and is the same in a run here.
 */
export const mailInCloud: CloudOptions = { capability: 'notify', permissions, timeoutSeconds: 3_600 }
