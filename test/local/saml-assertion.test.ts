import { expect, test } from "vitest";
import { readAssertion } from "../../lib/local/saml-assertion.ts";
import { ASSERTION, childrenOf, parseXml } from "../../lib/local/saml-document.ts";
import { ACS_URL, attribute, ENTITY_ID, peer, writeResponse } from "./saml-issuer.ts";

/** The signature check takes comments out before this; it must not be what a whole name hangs on. */
test.each(["<!-- x -->", "<?x y?>", "<![CDATA[]]>"])("a name and a value are read whole, around %s too", (between) => {
  const nameId = `<saml:NameID>dana@acme.example${between}.evil.example</saml:NameID>`;
  const said = { requestId: "_1", nameId, attributes: attribute("groups", `SOC${between}-Guests`) };
  const [assertion] = childrenOf(parseXml(writeResponse(said), "It"), ASSERTION, "Assertion");
  if (assertion === undefined) throw new Error("not written");
  const expected = { issuer: peer.entityId, audience: ENTITY_ID, recipient: ACS_URL, requestId: "_1", now: Date.now() };
  const { subject, saml } = readAssertion(assertion, expected);
  expect(subject).toBe("dana@acme.example.evil.example");
  expect(saml?.get("groups")).toEqual(["SOC-Guests"]);
});
