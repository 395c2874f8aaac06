/** Whether a signed assertion speaks to us, about this sign-in, now; and what it says. */
import { type AssertedPerson, FederationRefusal } from "./asserted-person.ts";
import { ASSERTION, attributeOf, childrenOf, descendantsOf, textOf, type XmlElement } from "./saml-document.ts";

/** Cognito documents no tolerance: small, for two clocks on one network. */
const SKEW_MS = 5_000;
const BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/** Conditions that are understood; an unknown one makes the assertion's validity unknown (SAML core, 2.5.1). */
const KNOWN_CONDITIONS = new Set(["AudienceRestriction", "OneTimeUse", "ProxyRestriction"]);
const MOST_SUBJECT_CHARACTERS = 1024;

export interface Expected {
  /** The identity provider's entity id. */
  readonly issuer: string;
  /** Ours. */
  readonly audience: string;
  readonly recipient: string;
  readonly requestId: string;
  readonly now: number;
}

/**
 * @param assertion of which the signature has been checked
 * @throws FederationRefusal
 */
export function readAssertion(assertion: XmlElement, expected: Expected): AssertedPerson {
  const issuers = childrenOf(assertion, ASSERTION, "Issuer");
  if (issuers.length !== 1 || textOf(issuers[0]) !== expected.issuer) {
    refuse("The assertion was issued by another identity provider.");
  }
  judgeConditions(assertion, expected);
  const subject = readSubject(assertion, expected);
  for (const statement of childrenOf(assertion, ASSERTION, "AuthnStatement")) {
    const end = attributeOf(statement, "SessionNotOnOrAfter");
    if (end !== undefined) judgeEnd(end, expected.now);
  }
  return { subject, saml: readAttributes(assertion) };
}

function judgeConditions(assertion: XmlElement, { audience, now }: Expected): void {
  const all = childrenOf(assertion, ASSERTION, "Conditions");
  const [conditions] = all;
  if (conditions === undefined || all.length > 1) refuse("The assertion does not say for whom it is.");
  judgeTimes(conditions, now);
  const unknown = Array.from(conditions.childNodes).some(
    (node) => node.nodeType === 1 && !(node.namespaceURI === ASSERTION && KNOWN_CONDITIONS.has(node.localName)),
  );
  if (unknown) refuse("The assertion has a condition that is not known here.");
  const restrictions = childrenOf(conditions, ASSERTION, "AudienceRestriction");
  const isForUs = (restriction: XmlElement) =>
    childrenOf(restriction, ASSERTION, "Audience").some((one) => textOf(one) === audience);
  if (restrictions.length === 0 || !restrictions.every(isForUs)) {
    refuse("The assertion is meant for another service.");
  }
}

function readSubject(assertion: XmlElement, expected: Expected): string {
  const subjects = childrenOf(assertion, ASSERTION, "Subject");
  const [subject] = subjects;
  if (subject === undefined || subjects.length > 1) refuse("The assertion names nobody.");
  if (descendantsOf(assertion, ASSERTION, "EncryptedID").length > 0) refuse("Encrypted names are not supported.");
  const names = childrenOf(subject, ASSERTION, "NameID");
  const name = textOf(names[0]);
  if (names.length !== 1 || name.trim() === "" || name.length > MOST_SUBJECT_CHARACTERS) {
    refuse("The assertion names nobody.");
  }
  judgeConfirmations(subject, expected);
  return name;
}

/** One that holds is enough, as SAML has it; where none does, the first one's fault is the reason. */
function judgeConfirmations(subject: XmlElement, expected: Expected): void {
  const bearers = childrenOf(subject, ASSERTION, "SubjectConfirmation").filter(
    (one) => one.getAttribute("Method") === BEARER,
  );
  const faults: unknown[] = [];
  for (const bearer of bearers) {
    try {
      judgeConfirmation(childrenOf(bearer, ASSERTION, "SubjectConfirmationData"), expected);
      return;
    } catch (error) {
      faults.push(error);
    }
  }
  throw faults[0] ?? new FederationRefusal("The assertion does not confirm its subject for sign-in.");
}

function judgeConfirmation([data, another]: XmlElement[], { recipient, requestId, now }: Expected): void {
  if (data === undefined || another !== undefined) refuse("The assertion does not confirm its subject for sign-in.");
  if (data.getAttribute("Recipient") !== recipient) refuse("The assertion was sent to another address.");
  if (data.getAttribute("InResponseTo") !== requestId) refuse("The assertion answers another sign-in.");
  if (attributeOf(data, "NotOnOrAfter") === undefined) refuse("The assertion never ends.");
  judgeTimes(data, now);
}

function judgeTimes(element: XmlElement, now: number): void {
  const start = attributeOf(element, "NotBefore");
  const end = attributeOf(element, "NotOnOrAfter");
  if (start !== undefined && now + SKEW_MS < readTime(start)) refuse("The assertion is not valid yet.");
  if (end !== undefined) judgeEnd(end, now);
}

function judgeEnd(end: string, now: number): void {
  if (now - SKEW_MS >= readTime(end)) refuse("The assertion has expired.");
}

/** A time without a zone would be read as this machine's own. */
function readTime(text: string): number {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? refuse("The assertion has a time that cannot be read.") : time;
}

/** An attribute given twice has the values of both; one without a value is absent, and so is an empty value. */
function readAttributes(assertion: XmlElement): ReadonlyMap<string, readonly string[]> {
  const attributes = new Map<string, string[]>();
  for (const statement of childrenOf(assertion, ASSERTION, "AttributeStatement")) {
    if (childrenOf(statement, ASSERTION, "EncryptedAttribute").length > 0) {
      refuse("Encrypted attributes are not supported.");
    }
    for (const attribute of childrenOf(statement, ASSERTION, "Attribute")) {
      const name = attribute.getAttribute("Name");
      const values = childrenOf(attribute, ASSERTION, "AttributeValue").map(textOf);
      const known = values.filter((value) => value !== "");
      if (name !== "" && known.length > 0) attributes.set(name, [...(attributes.get(name) ?? []), ...known]);
    }
  }
  return attributes;
}

function refuse(reason: string): never {
  throw new FederationRefusal(reason);
}
