/** Numbers of entries as a short text: `1-400,405,407-409`. */

/** The first and the last number of a range. */
export type SeqRange = readonly [from: number, to: number];

const RANGE = /^([1-9]\d{0,14})(?:-([1-9]\d{0,14}))?$/;

/** @param seqs each larger than the one before it */
export function writeSeqs(seqs: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const seq of seqs) {
    const last = ranges.at(-1);
    if (last?.[1] === seq - 1) last[1] = seq;
    else ranges.push([seq, seq]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(",");
}

/** Undefined for a text that `writeSeqs` would not have written. The ranges are not written out: they may be long. */
export function readSeqs(text: string): readonly SeqRange[] | undefined {
  const ranges: SeqRange[] = [];
  for (const part of text === "" ? [] : text.split(",")) {
    const [, first, last = first] = RANGE.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    const isAfter = from > (ranges.at(-1)?.[1] ?? -1) + 1;
    if (Number.isNaN(from) || !isAfter || to < from || (to === from && part.includes("-"))) return undefined;
    ranges.push([from, to]);
  }
  return ranges;
}

export function countSeqs(ranges: readonly SeqRange[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}
