/**
 * What a SAML attribute says, and what the product makes of it when the pool hands it on as the local sign-in does. Which text the
 * pool really makes of it can only be told from what rules see, so each form that could stand there is asked about.
 */

export interface StringForm {
  readonly attribute: string;
  /** Of the assertion's attribute. */
  readonly claim: string;
  /** As the assertion says them. */
  readonly values: readonly string[];
  /** What rules see on one machine, where that is not `values`. */
  readonly seen?: readonly string[];
}

const form = (attribute: string, values: readonly string[], seen?: readonly string[]): StringForm => ({
  attribute,
  claim: attribute,
  values,
  ...(seen === undefined ? {} : { seen }),
});

export const stringForms: readonly StringForm[] = [
  form("two", ["SOC-Tier2", "EMEA"]),
  form("encoded", ["x, Admins", "[admins]", "a+b", "50%25", "Bär & Söhne"]),
  form("comma", ["x, SOC-Admins"]),
  form("brackets", ["[SOC-Tier2]"]),
  form("distinguished", ["CN=SOC,OU=Groups,DC=acme,DC=example"]),
  form("plus", ["a+b"]),
  form("percent", ["a%2Cb"]),
  form("empty", [""], []),
  form("partly", ["", "kept"], ["kept"]),
  // One value that looks like two. If the pool hands it on as it is, nobody can tell it from them.
  form("ambiguous", ["[a, b]"], ["a", "b"]),
  { ...form("url", ["SOC", "EMEA"]), claim: "https://acme.example/groups" },
];

/** Everything that rules are asked for of one attribute: its values, and what another form would be read as. */
export function candidatesOf({ values, seen = [] }: StringForm): string[] {
  const encoded = values.map((value) => new URLSearchParams([["", value]]).toString().slice(1));
  const escaped = values.map(encodeURIComponent);
  const lists = [values, encoded, escaped].flatMap((all) => [
    `[${all.join(", ")}]`,
    `[${all.join(",")}]`,
    ...[", ", ",", ";", " "].map((separator) => all.join(separator)),
  ]);
  const parts = values.flatMap((value) => value.split(/,\s*/));
  const all = [...values, ...seen, ...encoded, ...escaped, ...lists, ...parts, JSON.stringify(values)];
  return [...new Set(all)].filter((text) => text !== "");
}
