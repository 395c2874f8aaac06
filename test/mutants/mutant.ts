/** A fault of one line, and the tests that must notice it. */
export interface Mutant {
  /** The claim that the fault breaks. */
  readonly claim: string;
  readonly file: string;
  /** Stands in the file exactly once, within one line. */
  readonly text: string;
  readonly instead: string;
  /** Test files, of which at least one must turn red through an assertion. */
  readonly tests: readonly string[];
}
