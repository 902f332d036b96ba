/** Something that a function for agents imports. */
export const double = (n: number): number => n * 2
