/** One number of the table that `npm run measure` prints. */
export interface Measured {
  readonly what: string;
  readonly value: number;
  /** With the space before it, if there is to be one. */
  readonly unit: string;
  readonly bar?: { readonly most: number } | { readonly least: number };
}

/** A line of the table: what, how much, and the bar beside it. */
export function toLine({ what, value, unit, bar }: Measured): string {
  const line = `${what.padEnd(52)}${show(value, unit).padStart(14)}`;
  if (bar === undefined) return line;
  const isMet = "most" in bar ? value <= bar.most : value >= bar.least;
  const wanted = "most" in bar ? `<= ${show(bar.most, unit)}` : `>= ${show(bar.least, unit)}`;
  return `${line}   ${wanted.padEnd(12)}${isMet ? "" : "  MISSED"}`;
}

function show(value: number, unit: string): string {
  return `${value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 1 : 0 })}${unit}`;
}

/** The value below which a share of all stands. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
