/**
 * JSON that YAML readers take for the same value. JSON is YAML, save that readers of YAML 1.1 refuse control
 * characters past ASCII, and fold what Unicode calls a line break; those are escaped.
 */
export function jsonAsYaml(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
