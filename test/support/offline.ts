/** The environment of a process that has no account, no region, no credentials of AWS, and no way out. */
export function offline(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^(AWS_|CDK_|REOPS_)/.test(name))
  const nowhere = 'http://127.0.0.1:9'
  return {
    ...Object.fromEntries(others),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    HTTPS_PROXY: nowhere,
    HTTP_PROXY: nowhere,
    ...more,
  }
}
