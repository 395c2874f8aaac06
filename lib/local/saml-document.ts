/**
 * XML as SAML uses it: read once, strictly, and asked by namespace. The parser is the one that the signature check uses, so both
 * see the same document.
 */
import { createRequire } from "node:module";
import { FederationRefusal } from "./asserted-person.ts";

export const ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion";
export const METADATA = "urn:oasis:names:tc:SAML:2.0:metadata";
export const PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol";
export const SIGNATURE = "http://www.w3.org/2000/09/xmldsig#";
export const POST_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
export const REDIRECT_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/** Of the DOM, what is used here. */
export interface XmlElement {
  readonly localName: string;
  readonly namespaceURI: string | null;
  /** All text beneath, whatever comments and instructions stand in between. */
  readonly textContent: string | null;
  readonly childNodes: ArrayLike<XmlElement & { readonly nodeType: number }>;
  /** `""` where it is absent. */
  getAttribute(name: string): string;
  hasAttribute(name: string): boolean;
  getElementsByTagNameNS(namespace: string, name: string): ArrayLike<XmlElement>;
}

interface XmlParser {
  readonly DOMParser: new (options: {
    readonly errorHandler: Readonly<Record<"warning" | "error" | "fatalError", () => never>>;
  }) => {
    parseFromString(text: string, type: "text/xml"): { readonly documentElement?: XmlElement | null } | undefined;
  };
}

const require = createRequire(import.meta.url);
const ELEMENT_NODE = 1;
/** SAML needs a dozen; whatever walks a document calls itself for each. */
const DEEPEST = 64;

/**
 * The root of the document. A document type is refused before anything is parsed: entities expand, and nobody needs them here.
 * @param what it is called in a refusal
 * @throws FederationRefusal
 */
export function parseXml(text: string, what: string): XmlElement {
  if (/<!DOCTYPE|<!ENTITY/i.test(text))
    throw new FederationRefusal(`${what} has a document type, which is not allowed.`);
  const unreadable = () => {
    throw new FederationRefusal(`${what} is not well-formed XML.`);
  };
  // Required, not imported: its types would bring those of the browser into the whole project.
  const { DOMParser }: XmlParser = require("@xmldom/xmldom");
  const parser = new DOMParser({ errorHandler: { warning: unreadable, error: unreadable, fatalError: unreadable } });
  let root: XmlElement | null | undefined;
  try {
    root = parser.parseFromString(text, "text/xml")?.documentElement;
  } catch {
    return unreadable();
  }
  if (root == null) return unreadable();
  if (isDeeper(root, DEEPEST)) throw new FederationRefusal(`${what} is nested too deeply.`);
  return root;
}

function isDeeper(root: XmlElement, levels: number): boolean {
  let level = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((element) =>
      Array.from(element.childNodes).filter(({ nodeType }) => nodeType === ELEMENT_NODE),
    );
  }
  return false;
}

export function isElement(element: XmlElement, namespace: string, name: string): boolean {
  return element.namespaceURI === namespace && element.localName === name;
}

/** The elements of that name directly beneath. */
export function childrenOf(parent: XmlElement, namespace: string, name: string): XmlElement[] {
  return Array.from(parent.childNodes).filter(
    (node) => node.nodeType === ELEMENT_NODE && isElement(node, namespace, name),
  );
}

/** The elements of that name at any depth. */
export function descendantsOf(parent: XmlElement, namespace: string, name: string): XmlElement[] {
  return Array.from(parent.getElementsByTagNameNS(namespace, name));
}

/** An attribute's value; `undefined` where it is absent or empty. */
export function attributeOf(element: XmlElement, name: string): string | undefined {
  return element.getAttribute(name) || undefined;
}

export function textOf(element: XmlElement | undefined): string {
  return element?.textContent ?? "";
}

/** As text inside an element or a quoted attribute. */
export function escapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos" };
  return text.replace(/[&<>"']/g, (character) => `&${names[character]};`);
}
