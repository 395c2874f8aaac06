/** Moments as clients see them: RFC 3339 in UTC, to the millisecond. */
export function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
