/**
 * What hostnames are ordered by, as plain text: each number in them is led by its count of digits, so that `web-9` comes
 * before `web-10`. Leading zeros count only where nothing else tells two apart.
 *
 * @example
 * hostnames.sort((one, other) => (hostnameOrder(one) < hostnameOrder(other) ? -1 : 1))
 */
export function hostnameOrder(hostname: string): string {
  const numbered = hostname.replace(/\d+/g, digits => {
    const number = digits.replace(/^0+(?=\d)/, '')
    return `${String(number.length).padStart(2, '0')}${number}`
  })
  return `${numbered} ${hostname}`
}
