/** One figure of a benchmark: one line of `npm run bench -- --json`. */
export interface BenchRow {
  readonly bench: string;
  readonly case: string;
  readonly value: number;
  readonly unit: string;
  readonly higherIsBetter: boolean;
  /** What the figure stands beside, measured in the same run. */
  readonly reference?: { readonly name: string; readonly version: string; readonly value: number };
  /** Above 1 where ours is better than the reference. */
  readonly ratio?: number;
}
