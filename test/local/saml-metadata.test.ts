import { describe, expect, test } from "vitest";
import { FederationRefusal } from "../../lib/local/asserted-person.ts";
import { readSamlMetadata } from "../../lib/local/saml-metadata.ts";
import { key, otherKey } from "./saml-issuer.ts";

const keyOf = (certificate: string, use = "signing") =>
  `<md:KeyDescriptor${use === "" ? "" : ` use="${use}"`}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">` +
  `<ds:X509Data><ds:X509Certificate>\n  ${certificate.replace(/.{64}/g, "$&\n  ")}\n</ds:X509Certificate></ds:X509Data>` +
  "</ds:KeyInfo></md:KeyDescriptor>";
const serviceOf = (binding: string, location: string) =>
  `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${location}"/>`;
const roleOf = (content: string) =>
  `<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${content}</md:IDPSSODescriptor>`;
const entityOf = (content: string, entityId = "https://idp.acme.example/saml") =>
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}">${content}</md:EntityDescriptor>`;

const redirect = serviceOf("HTTP-Redirect", "https://idp.acme.example/sso?a=1&amp;b=2");
const good = entityOf(roleOf(keyOf(key.certificate) + redirect));

describe("metadata", () => {
  test("gives the entity id, the address for redirects and the signing certificate", () => {
    const posts = serviceOf("HTTP-POST", "https://idp.acme.example/post");
    const xml = `\uFEFF<?xml version="1.0"?>\n${entityOf(roleOf(keyOf(key.certificate) + posts + redirect))}`;
    expect(readSamlMetadata(xml)).toEqual({
      entityId: "https://idp.acme.example/saml",
      ssoUrl: "https://idp.acme.example/sso?a=1&b=2",
      certificates: [key.certificate],
    });
  });

  test("gives every signing certificate, once, and none that only encrypts", () => {
    const keys = keyOf(key.certificate) + keyOf(otherKey.certificate, "") + keyOf(key.certificate);
    expect(readSamlMetadata(entityOf(roleOf(keys + redirect))).certificates).toEqual([
      key.certificate,
      otherKey.certificate,
    ]);
    const apart = keyOf(key.certificate) + keyOf(otherKey.certificate, "encryption");
    expect(readSamlMetadata(entityOf(roleOf(apart + redirect))).certificates).toEqual([key.certificate]);
  });

  test.each<[string, string, string]>([
    ["is not XML", "metadata", "is not well-formed XML"],
    ["has a document type", `<!DOCTYPE x>${good}`, "has a document type, which is not allowed"],
    ["is larger than 200 KB", good + " ".repeat(200 * 1024), "is larger than 200 KB"],
    ["is of another namespace", good.replaceAll("metadata", "other"), "does not describe one entity"],
    [
      "describes many entities",
      good.replaceAll("EntityDescriptor", "EntitiesDescriptor"),
      "does not describe one entity",
    ],
    ["has no entity id", entityOf(roleOf(redirect), ""), "has no usable entity id"],
    [
      "describes a service provider",
      entityOf("<md:SPSSODescriptor/>"),
      "does not describe exactly one identity provider",
    ],
    [
      "describes two providers",
      entityOf(roleOf(redirect) + roleOf(redirect)),
      "does not describe exactly one identity provider",
    ],
    [
      "speaks SAML 1.1 only",
      good.replace("SAML:2.0:protocol", "SAML:1.1:protocol"),
      "describes an identity provider that does not speak SAML 2.0",
    ],
    [
      "has no address for redirects",
      entityOf(roleOf(keyOf(key.certificate) + serviceOf("HTTP-POST", "https://x.example"))),
      "names no address for sign-in by HTTP-Redirect",
    ],
    [
      "has an address that runs a script",
      good.replace("https://idp.acme.example/sso", "javascript:alert(1)//"),
      "names a sign-in address that is not https or http",
    ],
    ["has no certificate", entityOf(roleOf(redirect)), "has no signing certificate"],
    [
      "has something else as certificate",
      entityOf(roleOf(keyOf("AAAA") + redirect)),
      "has a signing certificate that cannot be read",
    ],
  ])("is refused when it %s", (_what, xml, reason) => {
    expect(() => readSamlMetadata(xml)).toThrow(new FederationRefusal(`The metadata ${reason}.`));
  });
});
