import { inflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { AssertedPerson } from "../../lib/local/asserted-person.ts";
import { FederationRefusal } from "../../lib/local/asserted-person.ts";
import type { SamlPeer } from "../../lib/local/saml-metadata.ts";
import { SamlServiceProvider } from "../../lib/local/saml-service-provider.ts";
import {
  ACS_URL,
  attribute,
  ENTITY_ID,
  key,
  minutes,
  otherKey,
  peer,
  type Said,
  type Signing,
  sign,
  writeResponse,
} from "./saml-issuer.ts";

const UNSIGNED = "The identity provider's response is not validly signed, or not complete.";
const TWO = "The identity provider's response does not hold exactly one assertion.";
const NOT_STARTED = "This sign-in was not started here, or took too long.";
const base64 = (xml: string) => Buffer.from(xml).toString("base64");
const makeProvider = (now?: () => number) =>
  new SamlServiceProvider({ entityId: ENTITY_ID, acsUrl: ACS_URL, ...(now === undefined ? {} : { now }) });

function readRequest(address: string) {
  const { searchParams, origin, pathname } = new URL(address);
  const xml = inflateRawSync(Buffer.from(searchParams.get("SAMLRequest") ?? "", "base64")).toString();
  return { id: /\sID="([^"]+)"/.exec(xml)?.[1] ?? "", xml, searchParams, address: origin + pathname };
}

/** A whole sign-in with what the provider says, and how it is signed or changed afterwards. */
async function signIn(
  said: Partial<Said> = {},
  make: (xml: string) => string = (xml) => sign(xml),
  from: SamlPeer = peer,
): Promise<AssertedPerson> {
  const provider = makeProvider();
  const { id } = readRequest(await provider.start(from, "state-1"));
  return provider.finish(from, "state-1", base64(make(writeResponse({ requestId: id, ...said }))));
}

const signing = (how: Signing) => (xml: string) => sign(xml, how);

async function expectRefusal(attempt: Promise<unknown>, reason: string): Promise<void> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FederationRefusal);
  expect((error as Error).message).toBe(reason);
}

describe("a request", () => {
  test("goes to the provider by redirect, with an id, our entity id, our address and the relay state", async () => {
    const { id, xml, searchParams, address } = readRequest(await makeProvider().start(peer, "state-1"));
    expect(address).toBe("https://idp.acme.example/sso");
    expect([searchParams.get("tenant"), searchParams.get("RelayState")]).toEqual(["1", "state-1"]);
    expect(id).toMatch(/^_[0-9a-f]{40}$/);
    expect(xml).toContain(`<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${ENTITY_ID}</saml:Issuer>`);
    expect(xml).toContain(`AssertionConsumerServiceURL="${ACS_URL}"`);
  });
});

describe("a response", () => {
  test("gives the subject and every attribute, in order and with all values", async () => {
    const attributes = [
      attribute("email", "dana@acme.example"),
      attribute("groups", "SOC-Tier2", "x, Admins", "[admins]"),
      attribute("https://acme.example/team", "a&amp;b"),
      attribute("groups", "EMEA"),
      attribute("empty", ""),
      attribute("none"),
      attribute("mixed", "", "kept"),
      attribute("__proto__", "own"),
    ].join("");
    const person = await signIn({ attributes });
    expect(person.subject).toBe("Dana");
    expect([...(person.saml ?? [])]).toEqual([
      ["email", ["dana@acme.example"]],
      ["groups", ["SOC-Tier2", "x, Admins", "[admins]", "EMEA"]],
      ["https://acme.example/team", ["a&b"]],
      ["mixed", ["kept"]],
      ["__proto__", ["own"]],
    ]);
  });

  test.each<[string, Signing]>([
    ["its assertion", {}],
    ["the whole response", { covers: "Response" }],
  ])("may be signed on %s", async (_what, how) => {
    expect((await signIn({}, signing(how))).subject).toBe("Dana");
  });

  test("may be signed on both", async () => {
    expect((await signIn({}, (xml) => sign(sign(xml), { covers: "Response" }))).subject).toBe("Dana");
  });

  test("may be signed by any of the provider's keys, while it changes them", async () => {
    const changing = { ...peer, certificates: [otherKey.certificate, key.certificate] };
    expect((await signIn({}, signing({}), changing)).subject).toBe("Dana");
  });

  test.each([false, true])(
    "with a comment inside the NameID yields the whole name (comments signed: %s)",
    async (keepsComments) => {
      const nameId = "<saml:NameID>dana@acme.example<!-- x -->.evil.example</saml:NameID>";
      const attributes = attribute("groups", "SOC<!-- x -->-Guests");
      const person = await signIn({ nameId, attributes }, signing({ keepsComments }));
      expect(person.subject).toBe("dana@acme.example.evil.example");
      expect(person.saml?.get("groups")).toEqual(["SOC-Guests"]);
    },
  );

  test("that puts a comment into a signed NameID changes nothing: the name stays whole", async () => {
    const nameId = "<saml:NameID>dana@acme.example.evil.example</saml:NameID>";
    const cut = (xml: string) => sign(xml).replace("example.evil", "example<!-- x -->.evil");
    expect((await signIn({ nameId }, cut)).subject).toBe("dana@acme.example.evil.example");
  });

  test("says what its signature covers, and nothing that stands in the signature itself", async () => {
    const hide = (xml: string) => sign(xml).replace("</Signature>", "<Object><saml:EncryptedID/></Object></Signature>");
    await expect(signIn({}, hide)).resolves.toMatchObject({ subject: "Dana" });
  });

  test("is taken when the clocks are a few seconds apart", async () => {
    expect((await signIn({ notBefore: minutes(4 / 60) })).subject).toBe("Dana");
    expect((await signIn({ notOnOrAfter: minutes(-4 / 60) })).subject).toBe("Dana");
  });
});

describe("a response is refused", () => {
  const tamper = (xml: string) => sign(xml).replace("dana@acme.example", "root@acme.example");
  const evil = (id: string) => {
    const response = writeResponse({ requestId: id, id: "_evil", nameId: "<saml:NameID>mallory</saml:NameID>" });
    return /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(response)?.[0] ?? "";
  };

  test.each<[string, Partial<Said>, (xml: string) => string, string]>([
    ["unsigned", {}, (xml) => xml, UNSIGNED],
    ["signed with a key that is not the provider's", {}, signing({ pem: otherKey.pem }), UNSIGNED],
    ["changed after it was signed", {}, tamper, UNSIGNED],
    [
      "changed outside its signed assertion into another's",
      { responseIssuer: "https://other.example" },
      signing({}),
      "The identity provider's response is another provider's.",
    ],
    ["signed on nothing but its status", {}, signing({ covers: "Status" }), UNSIGNED],
    ["signed on its assertion from outside of it", {}, signing({ inside: "Response" }), UNSIGNED],
    [
      "meant for another service",
      { audience: "urn:other" },
      signing({}),
      "The assertion is meant for another service.",
    ],
    [
      "meant for another address",
      { recipient: "https://other.example/acs" },
      signing({}),
      "The assertion was sent to another address.",
    ],
    [
      "sent to another address",
      { destination: "https://other.example/acs" },
      signing({}),
      "The identity provider's response was sent to another address.",
    ],
    [
      "issued by another provider",
      { issuer: "https://other.example" },
      signing({}),
      "The identity provider's response is another provider's.",
    ],
    [
      "around an assertion of another provider",
      { issuer: "https://other.example", responseIssuer: peer.entityId },
      signing({}),
      "The assertion was issued by another identity provider.",
    ],
    ["expired", { notOnOrAfter: minutes(-1), confirmedUntil: minutes(5) }, signing({}), "The assertion has expired."],
    ["confirmed for a time that is over", { confirmedUntil: minutes(-1) }, signing({}), "The assertion has expired."],
    ["of a session that has ended", { sessionUntil: minutes(-1) }, signing({}), "The assertion has expired."],
    ["not valid yet", { notBefore: minutes(1) }, signing({}), "The assertion is not valid yet."],
    [
      "with a time that names no zone",
      { notOnOrAfter: "2099-01-01T00:00:00" },
      signing({}),
      "The assertion has a time that cannot be read.",
    ],
    [
      "under a condition that is not known",
      { conditions: "<saml:Condition/>" },
      signing({}),
      "The assertion has a condition that is not known here.",
    ],
    [
      "of a provider that signed nobody in",
      { status: "Responder" },
      signing({}),
      "The identity provider did not sign anybody in.",
    ],
    ["about nobody", { nameId: "<saml:NameID> </saml:NameID>" }, signing({}), "The assertion names nobody."],
    [
      "about two",
      { nameId: "<saml:NameID>a</saml:NameID><saml:NameID>b</saml:NameID>" },
      signing({}),
      "The assertion names nobody.",
    ],
    ["about somebody encrypted", { nameId: "<saml:EncryptedID/>" }, signing({}), "Encrypted names are not supported."],
    [
      "with encrypted attributes",
      { attributes: "<saml:EncryptedAttribute/>" },
      signing({}),
      "Encrypted attributes are not supported.",
    ],
    [
      "with an encrypted assertion",
      {},
      (xml) => xml.replace(/<(\/?)saml:Assertion/g, "<$1saml:EncryptedAssertion"),
      "Encrypted assertions are not supported.",
    ],
    [
      "with a document type",
      {},
      (xml) => `<!DOCTYPE x [<!ENTITY a "b">]>${sign(xml)}`,
      "The identity provider's response has a document type, which is not allowed.",
    ],
    ["not XML", {}, () => "SAML?", "The identity provider's response is not well-formed XML."],
    ["XML that never ends", {}, () => "<a>".repeat(50_000), "The identity provider's response is not well-formed XML."],
    [
      "nested too deeply",
      { attributes: "<a>".repeat(20_000) + "</a>".repeat(20_000) },
      (xml) => xml,
      "The identity provider's response is nested too deeply.",
    ],
    ["no response at all", {}, () => "<Response/>", "The identity provider's response is none of SAML 2.0."],
    [
      "larger than 256 KB",
      {},
      (xml) => sign(xml) + " ".repeat(256 * 1024),
      "The identity provider's response is larger than 256 KB.",
    ],
    [
      "the answer to another request",
      { requestId: "_other" },
      signing({}),
      "The identity provider's response answers another sign-in.",
    ],
    [
      "around an assertion for another request",
      { confirmedRequestId: "_other" },
      signing({}),
      "The assertion answers another sign-in.",
    ],
    [
      "not asked for",
      {},
      (xml) => sign(xml).replace(/ InResponseTo="[^"]*"><saml:Issuer/, "><saml:Issuer"),
      "The identity provider's response was not asked for.",
    ],
    [
      "with a second assertion behind the signed one",
      {},
      (xml) => sign(xml).replace("</samlp:Response>", `${evil("_1")}</samlp:Response>`),
      TWO,
    ],
    [
      "with a second assertion before the signed one",
      {},
      (xml) => sign(xml).replace("<saml:Assertion", `${evil("_1")}<saml:Assertion`),
      TWO,
    ],
    [
      "with two signed assertions",
      {},
      (xml) => sign(xml).replace(/<saml:Assertion[\s\S]*<\/saml:Assertion>/, "$&$&"),
      TWO,
    ],
    [
      "with a second assertion of no namespace",
      {},
      (xml) => sign(xml).replace("</samlp:Response>", "<Assertion/></samlp:Response>"),
      TWO,
    ],
  ])("when it is %s", async (_what, said, make, reason) => {
    await expectRefusal(signIn(said, make), reason);
  });

  /** The signed assertion is kept somewhere, so that the signature holds, and another is to be read in its place. */
  const wrap = (place: (signed: string, forged: string, signature: string) => string) => (xml: string) => {
    const response = sign(xml);
    const signed = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(response)?.[0] ?? "";
    const signature = /<Signature[\s\S]*<\/Signature>/.exec(signed)?.[0] ?? "";
    expect(signature).not.toBe("");
    const requestId = /InResponseTo="([^"]*)"/.exec(xml)?.[1] ?? "";
    return response.replace(signed, () => place(signed, evil(requestId), signature));
  };
  const afterIssuer = (assertion: string, part: string) => assertion.replace("</saml:Issuer>", `</saml:Issuer>${part}`);
  const without = (signed: string, signature: string) => signed.replace(signature, "");

  test.each<[string, (xml: string) => string]>([
    [
      "inside the forged one",
      wrap((signed, forged) => forged.replace("</saml:Assertion>", `${signed}</saml:Assertion>`)),
    ],
    [
      "behind the forged one, which took the signature",
      wrap((signed, forged, signature) => afterIssuer(forged, signature) + without(signed, signature)),
    ],
    [
      "inside the signature that the forged one took",
      wrap((signed, forged, signature) =>
        afterIssuer(
          forged,
          signature.replace("</Signature>", `<Object>${without(signed, signature)}</Object></Signature>`),
        ),
      ),
    ],
    [
      "in an extension of the response",
      wrap((signed, forged) => `<samlp:Extensions>${signed}</samlp:Extensions>${forged}`),
    ],
    [
      "under an id that the forged one has too",
      wrap(
        (signed, forged) => `<samlp:Extensions>${signed}</samlp:Extensions>${forged.replace("_evil", "_assertion")}`,
      ),
    ],
    [
      "around a forged one in an advice",
      wrap((signed, forged) =>
        signed.replace("</saml:Conditions>", `</saml:Conditions><saml:Advice>${forged}</saml:Advice>`),
      ),
    ],
  ])("when the signed assertion stands %s", async (_where, make) => {
    await expectRefusal(signIn({}, make), TWO);
  });

  test("when a signed response stands inside a forged one", async () => {
    const make = (xml: string) => {
      const signed = sign(xml, { covers: "Response" });
      const forged = xml.replace("_response", "_forged").replace("Dana", "mallory");
      return forged.replace("<samlp:Status", `<samlp:Extensions>${signed}</samlp:Extensions><samlp:Status`);
    };
    await expectRefusal(signIn({}, make), TWO);
  });

  test("when a signed response's own signature was moved onto a forged one", async () => {
    const make = (xml: string) => {
      const signature = /<Signature[\s\S]*<\/Signature>/.exec(sign(xml, { covers: "Response" }))?.[0] ?? "";
      return xml.replace("Dana", "mallory").replace("</saml:Issuer>", `</saml:Issuer>${signature}`);
    };
    await expectRefusal(signIn({}, make), UNSIGNED);
  });

  test("when it comes a second time", async () => {
    const provider = makeProvider();
    const { id } = readRequest(await provider.start(peer, "state-1"));
    const response = base64(sign(writeResponse({ requestId: id })));
    const both = await Promise.allSettled([1, 2].map(() => provider.finish(peer, "state-1", response)));
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    await expectRefusal(provider.finish(peer, "state-1", response), NOT_STARTED);
    await provider.start(peer, "state-1");
    await expectRefusal(
      provider.finish(peer, "state-1", response),
      "The identity provider's response answers another sign-in.",
    );
  });

  test("when its assertion's id was used before", async () => {
    const provider = makeProvider();
    const finish = async (state: string) => {
      const { id } = readRequest(await provider.start(peer, state));
      return provider.finish(peer, state, base64(sign(writeResponse({ requestId: id }))));
    };
    expect((await finish("state-1")).subject).toBe("Dana");
    await expectRefusal(finish("state-2"), "The assertion has been used before.");
  });

  test("when it answers the request of another relay state", async () => {
    const provider = makeProvider();
    const { id } = readRequest(await provider.start(peer, "state-1"));
    await provider.start(peer, "state-2");
    const response = base64(sign(writeResponse({ requestId: id })));
    await expectRefusal(
      provider.finish(peer, "state-2", response),
      "The identity provider's response answers another sign-in.",
    );
  });

  test("when its relay state is nobody's, or another provider's", async () => {
    const provider = makeProvider();
    const { id } = readRequest(await provider.start(peer, "state-1"));
    const response = base64(sign(writeResponse({ requestId: id })));
    await expectRefusal(provider.finish(peer, "state-9", response), NOT_STARTED);
    await expectRefusal(
      provider.finish({ ...peer, entityId: "https://other.example" }, "state-1", response),
      NOT_STARTED,
    );
  });

  test("when it comes later than 5 minutes after the request", async () => {
    let now = Date.now();
    const provider = makeProvider(() => now);
    const { id } = readRequest(await provider.start(peer, "state-1"));
    now += 5 * 60_000;
    const said = { requestId: id, notOnOrAfter: minutes(60) };
    await expectRefusal(provider.finish(peer, "state-1", base64(sign(writeResponse(said)))), NOT_STARTED);
  });

  test.each([
    ["not base64", "<samlp:Response/>", "The identity provider's response is not base64."],
    ["not UTF-8", Buffer.from([0xff, 0xfe, 0x3c]).toString("base64"), "The identity provider's response is not UTF-8."],
  ])("when it is %s", async (_what, posted, reason) => {
    const provider = makeProvider();
    await provider.start(peer, "state-1");
    await expectRefusal(provider.finish(peer, "state-1", posted), reason);
  });
});
