/** A MUST or MUST NOT of an RFC that concerns us, in our own words, with what proves it. */
export type Requirement = {
  /** As printed, without the sign: `8.1.1.7`. */
  readonly section: string;
  /** What must hold. */
  readonly must: string;
} & (
  | {
      /** A part of the full name of the tests that prove it (titles of the describes and of the test, joined by spaces). */
      readonly test: string;
    }
  | {
      /** Why no test proves it: it concerns a part that we do not have, or cannot be seen from outside. */
      readonly reason: string;
    }
);

/** The requirements of one RFC, in the order of its text. */
export interface RfcRequirements {
  readonly rfc: number;
  readonly title: string;
  /** The part that was gone through, such as `§8–§22`. */
  readonly scope: string;
  readonly requirements: readonly Requirement[];
}
