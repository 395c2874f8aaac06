/** The people of the two test providers, and what each provider says of them. */

export type Claims = Readonly<Record<string, unknown>>;

export interface TestPerson {
  /** The subject, and the address that the provider calls verified. */
  readonly email: string;
  readonly claims: Claims;
}

const PEOPLE: readonly TestPerson[] = [
  { email: "dana@acme.example", claims: { name: "Dana Reyes", groups: ["SOC-Tier2", "EMEA"] } },
  { email: "erik@acme.example", claims: { name: "Erik Lund", groups: "SOC-Tier1" } },
  {
    email: "fay@acme.example",
    claims: {
      name: "Fay Okafor",
      groups: ["CN=SOC-Admins,OU=Groups,DC=acme,DC=example", "CN=Everybody\\, EMEA,OU=Groups,DC=acme,DC=example"],
    },
  },
  { email: "gus@acme.example", claims: { name: "Gus Novak" } },
  {
    email: "hana@acme.example",
    claims: {
      name: "Hana Sato",
      realm_access: { roles: ["soc-lead", "offline_access"] },
      "https://acme.example/groups": ["SOC-Lead", "APAC"],
    },
  },
  { email: "igor@acme.example", claims: { name: "Igor Petrov", groups: ["x, SOC-Admins", "[SOC-Tier2]"] } },
];

/** Said by the protocol and never by whoever describes a person; the address is said apart. */
const PROTOCOL_CLAIMS = new Set(
  (
    "sub iss aud exp iat nbf jti nonce at_hash c_hash s_hash azp auth_time acr amr sid email_verified email " +
    "_claim_names _claim_sources"
  ).split(" "),
);

/** Names that every object has already are left out too: `oidc-provider` trips over a claim `constructor`, for good. */
const isOwnWord = (name: string) => PROTOCOL_CLAIMS.has(name) || name in Object.prototype;

export class TestPeople {
  readonly #people = new Map(PEOPLE.map((person) => [person.email, person]));

  list(): TestPerson[] {
    return [...this.#people.values()];
  }

  find(email: string): TestPerson | undefined {
    return this.#people.get(email);
  }

  /** From the next sign-in on; a claim not given stays, one that is `null` goes. `undefined` for somebody unknown. */
  change(email: string, claims: Claims): TestPerson | undefined {
    const person = this.#people.get(email);
    if (person === undefined) return undefined;
    const kept = Object.entries({ ...person.claims, ...claims }).filter(([, value]) => value !== null);
    const changed = { email, claims: Object.fromEntries(kept) };
    this.#people.set(email, changed);
    return changed;
  }
}

/** What a provider says beside subject and address: the person's claims without the protocol's own, and a name. */
export function claimsOf({ email, claims }: TestPerson): ReadonlyMap<string, unknown> {
  const own = Object.entries(claims).filter(([name, value]) => !isOwnWord(name) && value !== null);
  return new Map<string, unknown>([["name", email.replace(/@[^@]*$/, "")], ...own]);
}
