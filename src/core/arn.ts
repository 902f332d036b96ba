/** What the deployment fills in: the name of the stack and of what stands in it, and where that is. */
type Slot = 'stack' | 'table' | 'bucket' | 'partition' | 'region' | 'account' | 'sender' | 'mailRegion'

/** A place in a permission that the deployment fills in, written as IAM's documents are templated: `${table}`. */
export function slot(name: Slot): string {
  return `\${${name}}`
}

/** The ARN of a resource in the account and the region of the deployment; `account: false` for AWS's own. */
export function arn(
  service: string,
  resource: string,
  { region = true, account = true }: { readonly region?: boolean; readonly account?: boolean } = {},
): string {
  const place = [region ? slot('region') : '', account ? slot('account') : ''].join(':')
  return `arn:${slot('partition')}:${service}:${place}:${resource}`
}
