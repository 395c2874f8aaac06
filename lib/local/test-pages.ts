/** The plain pages of the two test providers. */
import { createHash } from "node:crypto";
import { escapeXml } from "./saml-document.ts";
import type { TestPerson } from "./test-people.ts";

const SUBMIT = "document.forms[0].submit()";
const STYLE = "body{font:1rem/1.5 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}label{display:block}";

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** No `form-action`: browsers apply it to where an answered form leads on to, and that is the application's address. */
export const PAGE_POLICY = `default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src ${hashOf(SUBMIT)}; style-src ${hashOf(STYLE)}`;

/** @param body HTML, escaped already */
export function writePage(title: string, body: string): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeXml(title)}</title>` +
    `<style>${STYLE}</style></head><body><h1>${escapeXml(title)}</h1>${body}</body></html>`
  );
}

/** Who signs in: one of the fixture people, or anybody typed. */
export function writeChoice(
  action: string,
  people: readonly TestPerson[],
  hidden: Readonly<Record<string, string>>,
): string {
  const choices = people.map(
    ({ email, claims }, index) =>
      `<label><input type="radio" name="person" value="${escapeXml(email)}"${index === 0 ? " checked" : ""}> ` +
      `${escapeXml(email)} <small>${escapeXml(JSON.stringify(claims))}</small></label>`,
  );
  return writePage(
    "Test provider: who signs in?",
    `<form method="post" action="${escapeXml(action)}">${writeHidden(hidden)}${choices.join("")}` +
      '<label><input type="radio" name="person" value=""> somebody else:</label>' +
      '<label>E-mail <input name="email" maxlength="254"></label>' +
      '<label>Groups, one a line <textarea name="groups" rows="4" cols="60"></textarea></label>' +
      "<button>Sign in</button></form>",
  );
}

/** Hands a message on by the browser: at once, or by the button where scripts are off. */
export function writeRelay(action: string, fields: Readonly<Record<string, string>>): string {
  return writePage(
    "Signing in",
    `<form method="post" action="${escapeXml(action)}">${writeHidden(fields)}<button>Continue</button></form>` +
      `<script>${SUBMIT}</script>`,
  );
}

function writeHidden(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeXml(name)}" value="${escapeXml(value)}">`)
    .join("");
}
