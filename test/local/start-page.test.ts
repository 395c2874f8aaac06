/** The start page's own script, run against a real broker in as much of a browser as it needs. */
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPageScript } from "../../lib/local/start-page-script.ts";
import { createClient, get, openRunningBroker, post, type RunningBroker } from "./running-broker.ts";

let broker: RunningBroker;
let clientId: string;
beforeAll(async () => {
  broker = await openRunningBroker();
  clientId = await createClient(broker, ["COGNITO"], { CallbackURLs: [`${broker.login}/`] });
});
afterAll(() => broker.close());

/** What a tab keeps between two visits. */
type Kept = Map<string, string>;

/** Loads the page at an address. @returns where its button leads, and what it shows in the end */
function visit(address: string, kept: Kept, api = "http://127.0.0.1:1") {
  const { hostname, search } = new URL(address);
  const [left, shown] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const button = { dataset: { client: clientId, provider: "COGNITO" }, listener: () => {} };
  const outcome = {
    hidden: true,
    set textContent(text: string) {
      shown.resolve(text);
    },
  };
  const offers = { dataset: { login: broker.login, api } };
  runInNewContext(startPageScript, {
    ...{ crypto, TextEncoder, TextDecoder, URLSearchParams, Uint8Array, atob, btoa },
    document: {
      getElementById: (id: string) => (id === "offers" ? offers : outcome),
      querySelectorAll: () => [
        { ...button, addEventListener: (_: string, listener: () => void) => Object.assign(button, { listener }) },
      ],
    },
    location: {
      ...{ hostname, search },
      assign: (to: string) => left.resolve(new URL(to, broker.login).href),
      replace: left.resolve,
    },
    history: { replaceState: () => {} },
    sessionStorage: {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => kept.set(name, value),
      removeItem: (name: string) => kept.delete(name),
    },
    fetch: (to: string, options: RequestInit) => fetch(new URL(to, broker.login), options),
  });
  return { press: () => button.listener(), left: left.promise, shown: shown.promise };
}

/** From the button over the login page. @returns the address that the browser comes back to */
async function signIn(kept: Kept): Promise<string> {
  const page = visit(`${broker.login}/`, kept);
  page.press();
  const asked = await get(await page.left);
  const login = new URL(asked.headers.get("location") ?? "", broker.login);
  const form = new URLSearchParams(login.search);
  form.set("username", "ann@acme.example");
  return (await post(`${broker.login}/login`, form)).headers.get("location") ?? "";
}

test("a button leads through the code flow to the claims of a token", async () => {
  const kept: Kept = new Map();
  const back = await signIn(kept);
  expect(back).toMatch(/\?code=/);
  const shown = await visit(back, kept).shown;
  expect(shown).toContain(`"client_id": "${clientId}"`);
  expect(shown).toMatch(/The token, for GET .*\n\n[\w-]+\.[\w-]+\.[\w-]+$/);
});

test("a code that the page did not ask for, or was asked for in another tab, is not used", async () => {
  const kept: Kept = new Map();
  const back = await signIn(kept);
  expect(await visit(back, new Map()).shown).toBe("This page did not ask for that sign-in.");
  expect(await visit(back.replace(/state=[^&]*/, "state=x"), kept).shown).toBe(
    "This page did not ask for that sign-in.",
  );
});

test("a refusal is shown with its reason", async () => {
  const kept: Kept = new Map();
  const state = new URL(await signIn(kept)).searchParams.get("state") ?? "";
  const refused = new URLSearchParams({ error: "invalid_request", error_description: "No rule matched", state });
  const shown = await visit(`${broker.login}/?${refused}`, kept).shown;
  expect(shown).toBe("The sign-in is refused: No rule matched");
});

test("under another name of this machine it moves to the one that it comes back to", async () => {
  const elsewhere = visit(broker.login.replace("127.0.0.1", "localhost"), new Map());
  expect(await elsewhere.left).toBe(`${broker.login}/`);
});
