/**
 * What a project brings. `bundleFunction` puts a module with the project's own in the place of this one; where nothing is
 * bundled there is none.
 */

/** What the file of flows exports. */
export const exported: Readonly<Record<string, unknown>> = {}

/** The version of every flow as it was deployed, by its name. */
export const versions: Readonly<Record<string, string>> = {}
