import { expect, it } from "vitest";
import { findComingFriday } from "../../lib/local/coming-friday.ts";

it.each([
  ["on a Thursday, the next day", "2026-12-03T23:59:59Z", "2026-12-04T18:00:00.000Z"],
  ["on a Friday, a week later", "2026-12-04T00:00:00Z", "2026-12-11T18:00:00.000Z"],
  ["on a Saturday, six days later", "2026-12-05T12:00:00Z", "2026-12-11T18:00:00.000Z"],
  ["at the end of a year, in the next", "2026-12-27T12:00:00Z", "2027-01-01T18:00:00.000Z"],
])("the coming Friday is, %s", (_when, now, friday) => {
  expect(findComingFriday(new Date(now))).toBe(friday);
});
