import { describe, expect, it } from "vitest";
import { findMetadataFault } from "../../lib/domain/saml-metadata.ts";
import { samlMetadata } from "../pool/saml-metadata.ts";

describe("SAML metadata", () => {
  it.each([
    ["as providers publish it", samlMetadata()],
    ["with a byte order mark", `\uFEFF${samlMetadata()}`],
    ["without a prefix", samlMetadata().replaceAll("md:", "").replace("xmlns:md", "xmlns")],
    [
      "of several entities",
      `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">${samlMetadata()}</EntitiesDescriptor>`,
    ],
  ])("is taken %s", (_, xml) => expect(findMetadataFault(xml)).toBeUndefined());

  it.each([
    ["a DOCTYPE", `<!DOCTYPE a>${samlMetadata()}`, "DOCTYPE"],
    ["a DOCTYPE in lower case", `<!doctype a>${samlMetadata()}`, "DOCTYPE"],
    ["an entity", samlMetadata().replace("<md:IDP", "<!ENTITY a 'b'><md:IDP"), "DOCTYPE"],
    ["another encoding", samlMetadata().replace("UTF-8", "UTF-16"), "UTF-8"],
    ["a page instead", "<html>urn:oasis:names:tc:SAML:2.0:metadata</html>", "EntityDescriptor"],
    ["another namespace", samlMetadata().replace("SAML:2.0:metadata", "SAML:1.1:metadata"), "EntityDescriptor"],
    ["what is a service's", samlMetadata().replaceAll("IDPSSODescriptor", "SPSSODescriptor"), "not that of"],
    ["no certificate", samlMetadata().replaceAll("X509Certificate", "X509SubjectName"), "no certificate"],
    ["nothing at all", "", "EntityDescriptor"],
  ])("is refused with %s", (_, xml, fault) => expect(findMetadataFault(xml)).toContain(fault));
});
