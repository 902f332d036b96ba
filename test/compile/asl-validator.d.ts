declare module 'asl-validator' {
  /** Checks a machine by JSON schemas; `errorsText` says what is wrong. */
  export default function aslValidator(
    definition: unknown,
    options?: { readonly checkPaths?: boolean; readonly checkArn?: boolean },
  ): { readonly isValid: boolean; errorsText(): string }
}
