/** What nobody can write as a condition, and where the fault is said to be. */
import { describe, expect, it } from "vitest";
import { findConditionFaults } from "../../lib/domain/condition-faults.ts";
import type { Condition } from "../../lib/domain/conditions.ts";
import { limits } from "../../lib/domain/limits.ts";
import type { OperatorName } from "../../lib/domain/operators.ts";
import { operators } from "../../lib/domain/operators.ts";

const fine: Condition = { attribute: "groups", operator: "in", values: ["SOC"] };
/** What may come over the wire, whatever the types say. */
type Sent = { readonly [Name in keyof Condition]?: unknown };
const faultsOf = (sent: Sent) => findConditionFaults({ ...fine, ...sent } as Condition);
const pointersOf = (sent: Sent) => faultsOf(sent).map(({ pointer }) => pointer);
/** Short enough for a title. */
const titled = <Row extends readonly [Sent, ...unknown[]]>(rows: readonly Row[]) =>
  rows.map((row) => [JSON.stringify(row[0]).slice(0, 80), ...row] as const);
const long = (length: number) => "🦉".repeat(length);

describe("a condition", () => {
  it.each(
    titled<[Sent]>([
      [{}],
      [{ negate: true, ignoreCase: true }],
      [{ attribute: "groups#cn" }],
      [{ attribute: "groups#2.5.4.3" }],
      [{ attribute: long(limits.attributeNameLength) }],
      [{ values: [long(limits.conditionValueLength)] }],
      [{ values: Array.from({ length: limits.valuesPerCondition }, (_, index) => `SOC-${index}`) }],
      [{ operator: "equals", values: [""] }],
      [{ operator: "equals", values: [7] }],
      [{ operator: "equals", values: [true] }],
      [{ operator: "gt", values: [-1.5] }],
      [{ operator: "gt", values: ["1e3"] }],
      [{ operator: "exists", values: [] }],
      [{ operator: "cidr", values: ["10.20.0.0/16", "2001:db8::/32", "0.0.0.0/0", "10.20.7.1/32"] }],
      [{ operator: "matches", values: ["^SOC-Tier[23]$"], ignoreCase: true }],
      [{ operator: "matches", values: ["[\\x{80}-\\x{10FFFF}]"] }],
    ]),
  )("may be %s", (_, sent) => {
    expect(faultsOf(sent)).toEqual([]);
  });

  it.each(
    titled<[Sent, string[]]>([
      [{ operator: "like" }, ["/operator"]],
      [{ operator: "constructor" }, ["/operator"]],
      [{ operator: "like", attribute: "" }, ["/attribute", "/operator"]],
      [{ attribute: "" }, ["/attribute"]],
      [{ attribute: "#cn" }, ["/attribute"]],
      [{ attribute: "groups#" }, ["/attribute"]],
      [{ attribute: "groups#cn#ou" }, ["/attribute"]],
      [{ attribute: "groups#c n" }, ["/attribute"]],
      [{ attribute: "groups#cn=" }, ["/attribute"]],
      [{ attribute: long(limits.attributeNameLength + 1) }, ["/attribute"]],
      [{ operator: "matches", values: ["\\p{Greek}", "(SOC"] }, ["/values/0", "/values/1"]],
      [{ operator: "matches", values: ["[\\x{80}-\\x{10FFFF}]"], ignoreCase: true }, ["/values/0"]],
      [{ values: [] }, ["/values"]],
      [{ operator: "equals", values: [] }, ["/values"]],
      [{ operator: "equals", values: ["a", "b"] }, ["/values"]],
      [{ operator: "exists", values: ["a"] }, ["/values"]],
      [{ values: Array.from({ length: limits.valuesPerCondition + 1 }, () => "a") }, ["/values"]],
      [
        { values: ["a", null, ["b"], { c: 1 }, Number.NaN, Number.POSITIVE_INFINITY] },
        [1, 2, 3, 4, 5].map((at) => `/values/${at}`),
      ],
      [{ values: [long(limits.conditionValueLength + 1)] }, ["/values/0"]],
      [{ operator: "prefix", values: ["SOC", ""] }, ["/values/1"]],
      [{ operator: "gt", values: ["nine"] }, ["/values/0"]],
      [{ operator: "gt", values: [true] }, ["/values/0"]],
      [{ operator: "cidr", values: ["10.20.0.0/16", "10.20.7.1/16"] }, ["/values/1"]],
      [{ operator: "matches", values: ["SOC", "(SOC"] }, ["/values/1"]],
      [{ operator: "cidr", values: ["10.0.0.0/8"], ignoreCase: true }, ["/ignoreCase"]],
      [{ operator: "exists", values: [], ignoreCase: true }, ["/ignoreCase"]],
      [{ operator: "lte", values: [7], ignoreCase: true }, ["/ignoreCase"]],
    ]),
  )("cannot be %s", (_, sent, pointers) => {
    expect(pointersOf(sent)).toEqual(pointers);
    for (const { detail } of faultsOf(sent)) expect(detail).toMatch(/^[A-Z].*\.$/);
  });

  it("may be what each operator's examples show", () => {
    for (const [operator, { examples }] of Object.entries(operators)) {
      for (const { values, ignoreCase } of examples) {
        expect(faultsOf({ operator: operator as OperatorName, values, ignoreCase })).toEqual([]);
      }
    }
  });

  it("that names a network by one of its addresses is told which network that is", () => {
    const detailOf = (network: string) => faultsOf({ operator: "cidr", values: [network] })[0]?.detail;
    expect(detailOf("10.20.7.1/16")).toBe("This is an address within 10.20.0.0/16: write that, or 10.20.7.1/32.");
    expect(detailOf("2001:db8::7/32")).toBe(
      "This is an address within 2001:db8:0:0:0:0:0:0/32: write that, or 2001:db8:0:0:0:0:0:7/128.",
    );
    expect(detailOf("::ffff:10.20.7.1/112")).toBe(
      "This is an address within 10.20.0.0/16: write that, or 10.20.7.1/32.",
    );
  });
});
