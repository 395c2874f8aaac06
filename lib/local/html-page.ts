/** Pages without anything from elsewhere: what is written into one is escaped, and the browser runs only what stands in it. */
import { createHash } from "node:crypto";
import type { Reply } from "./reply.ts";

/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | Html | readonly Html[];

/** Escapes each value that is not HTML already. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.map((text, at) => text + render(values[at] ?? "")).join(""));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function render(value: Part): string {
  if (typeof value === "string") return value.replace(/[&<>"']/g, (sign) => entities[sign] ?? "");
  return value instanceof Html ? value.text : value.map(({ text }) => text).join("");
}

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}
button{font:inherit;margin:.2rem 0}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#8881;padding:1rem}`;

export interface PageParts {
  readonly status?: number;
  readonly title: string;
  readonly body: Html;
  readonly script?: string;
  /** Where forms of the page may lead, beside here: browsers hold the redirects that follow to it too. */
  readonly formTargets?: readonly string[];
  /** What the page's script may ask, beside here. */
  readonly asks?: readonly string[];
}

export function page({ status = 200, title, body, script, formTargets = [], asks = [] }: PageParts): Reply {
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(STYLE)}`,
    ...(script === undefined ? [] : [`script-src ${hashOf(script)}`, `connect-src 'self' ${asks.join(" ")}`.trim()]),
    `form-action 'self' ${formTargets.map(sourceOf).join(" ")}`.trim(),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  const scriptElement = script === undefined ? new Html("") : new Html(`<script>${script}</script>`);
  const document = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${new Html(STYLE)}</style></head>
<body><h1>${title}</h1>
${body}
${scriptElement}</body></html>
`;
  return {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy.join("; "),
      "Referrer-Policy": "no-referrer",
    },
    body: document.text,
  };
}

/** An address as a policy names it: its origin, or the scheme of an application's own. */
function sourceOf(address: string): string {
  const { origin, protocol } = new URL(address);
  return origin === "null" ? protocol : origin;
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
