import { WireError, type WireService, xmlReply } from './wire.ts'

export interface StsOptions {
  readonly account?: string
  /** Milliseconds by which AWS's clock is ahead of ours. */
  readonly skewMs?: number
  /** What it says of the credentials instead of whose they are. */
  readonly refuses?: 'ExpiredToken' | 'InvalidClientTokenId' | 'AccessDenied'
}

const messages = {
  ExpiredToken: 'The security token included in the request is expired',
  InvalidClientTokenId: 'The security token included in the request is invalid.',
  AccessDenied: 'User is not authorized to perform: sts:AssumeRole',
} as const

/** Security Token Service: says who asks, and lends roles to whoever wants them. */
export function stsService({ account = '123456789012', skewMs = 0, refuses }: StsOptions = {}): WireService {
  const headers = () => ({ 'content-type': 'text/xml', date: new Date(Date.now() + skewMs).toUTCString() })
  return {
    name: 'sts',
    protocol: 'query',
    handle({ action, query }) {
      if (refuses !== undefined) throw new WireError(refuses, messages[refuses], 403)
      if (action === 'GetCallerIdentity') {
        const body = `<Arn>arn:aws:iam::${account}:user/ops</Arn><UserId>AIDAEXAMPLE</UserId><Account>${account}</Account>`
        return { ...answer(action, body), headers: headers() }
      }
      if (action === 'AssumeRole') {
        const until = new Date(Date.now() + 3_600_000).toISOString()
        const credentials = `<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>example-secret</SecretAccessKey><SessionToken>example-token</SessionToken><Expiration>${until}</Expiration></Credentials>`
        const user = `<AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId><Arn>${query.get('RoleArn')}/s</Arn></AssumedRoleUser>`
        return { ...answer(action, credentials + user), headers: headers() }
      }
      throw new WireError('InvalidAction', action)
    },
  }
}

function answer(action: string, body: string) {
  const ns = 'https://sts.amazonaws.com/doc/2011-06-15/'
  return xmlReply(
    `<${action}Response xmlns="${ns}"><${action}Result>${body}</${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`,
  )
}
