/** What an identity provider says of itself in SAML metadata: looked at before anybody is to believe it. */

const METADATA_NAMESPACE = "urn:oasis:names:tc:SAML:2.0:metadata";

/** What is wrong with a text as the metadata of an identity provider; undefined when it looks like some. */
export function findMetadataFault(xml: string): string | undefined {
  // Entities can be made to read files and to grow without bounds; metadata has no use for them.
  if (/<!\s*(?:DOCTYPE|ENTITY)/i.test(xml)) return "XML with a DOCTYPE is not taken.";
  const encoding = /^\uFEFF?\s*<\?xml[^>]*\bencoding\s*=\s*["']([^"']*)["']/i.exec(xml)?.[1];
  if (encoding !== undefined && encoding.toLowerCase() !== "utf-8") return "The metadata is not in UTF-8.";
  const isDescribed = /<(?:[\w.-]+:)?Entit(?:y|ies)Descriptor[\s>]/.test(xml) && xml.includes(METADATA_NAMESPACE);
  if (!isDescribed) return "This is not SAML metadata: it has no EntityDescriptor.";
  if (!/<(?:[\w.-]+:)?IDPSSODescriptor[\s>]/.test(xml)) return "The metadata is not that of an identity provider.";
  if (!/<(?:[\w.-]+:)?X509Certificate[\s>]/.test(xml))
    return "The metadata has no certificate to verify signatures by.";
  return undefined;
}
