import type { Bounds } from '../bounds.ts'

/** A power switch beside the operating system. Every method throws `SystemTrouble` and nothing else for its trouble. */
export interface PowerControl {
  /** How messages call it, such as `IPMI at 10.0.0.7`. */
  readonly called: string
  /** `unknown` while it is between the two. */
  state(bounds: Bounds): Promise<'on' | 'off' | 'unknown'>
  on(bounds: Bounds): Promise<void>
  /** Presses the power button for a moment: an operating system that listens ends in order. */
  soft(bounds: Bounds): Promise<void>
  /** Cuts the power off. */
  off(bounds: Bounds): Promise<void>
  /** Starts it again at once, whatever it does. */
  reset(bounds: Bounds): Promise<void>
}

/** Where a password is read from. */
export type SecretRef = { readonly env: string } | { readonly file: string } | { readonly parameter: string }

/** Reads a password; the root knows how. */
export type Secrets = (ref: SecretRef) => Promise<string>
