/** What an identity provider says about somebody, once its answer has been validated; and the refusal when it is not. */

export interface AssertedPerson {
  /** The NameID or the `sub`, whole and as the provider wrote it. */
  readonly subject: string;
  /** Every attribute of a SAML assertion with its values, in the assertion's order. */
  readonly saml?: ReadonlyMap<string, readonly string[]>;
  readonly oidc?: {
    /** As the token endpoint answered, its numbers as text. */
    readonly tokenResponse: Readonly<Record<string, string>>;
    /** The claims of the validated id token, nested ones as they are. */
    readonly idToken: Readonly<Record<string, unknown>>;
    readonly userInfo: Readonly<Record<string, unknown>>;
  };
}

/** The sign-in is refused. The message is the reason for the person: plain English and nothing of what the provider sent. */
export class FederationRefusal extends Error {}
