/** The pages of the sign-in: one for a client's people, one for whoever tries it out, and one for what went wrong. */
import type { AuthorizationRequest } from "./authorization-request.ts";
import { html, page } from "./html-page.ts";
import type { PoolClient } from "./pool-clients.ts";
import type { Reply } from "./reply.ts";
import { startPageScript } from "./start-page-script.ts";

export function errorPage(status: number, message: string): Reply {
  return page({ status, title: "This sign-in does not work", body: html`<p>${message}</p>` });
}

/** @param parameters of the request, which each way to sign in takes along */
export function loginPage(client: PoolClient, request: AuthorizationRequest, parameters: URLSearchParams): Reply {
  const links = federatedNames(client).map((name) => {
    const target = new URLSearchParams(parameters);
    target.set("identity_provider", name);
    return html`<p><a href="/oauth2/authorize?${target.toString()}">Sign in with ${name}</a></p>`;
  });
  const hidden = [...parameters].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
  const form = html`<form method="post" action="/login">${hidden}
<label>E-mail <input name="username" type="email" required></label> <button>Sign in</button>
<p>No password is asked for: this pool stands on one machine.</p></form>`;
  const isOfPool = client.SupportedIdentityProviders.includes("COGNITO");
  return page({
    title: "Sign in",
    body: html`${links}${isOfPool ? form : ""}`,
    formTargets: [request.redirectUri],
  });
}

/** @param api address of the API, which is asked who has signed in */
export function startPage(login: string, api: string, clients: readonly PoolClient[]): Reply {
  const isUsable = ({ CallbackURLs }: PoolClient) => CallbackURLs.includes(`${login}/`);
  const offers = clients.filter(isUsable).map((client) => {
    const buttons = client.SupportedIdentityProviders.map(
      (name) =>
        html`<button data-client="${client.ClientId}" data-provider="${name}">Sign in with ${name}</button><br>`,
    );
    return html`<h2>${client.ClientName}</h2>${buttons}`;
  });
  const none = html`<p>No client may come back to this page: ${`${login}/`} is none of their callback addresses.</p>`;
  return page({
    title: "Sign-in of one machine",
    body: html`<main id="offers" data-login="${login}" data-api="${api}">${offers.length === 0 ? none : offers}</main>
<pre id="outcome" hidden></pre>`,
    script: startPageScript,
    asks: [api],
  });
}

function federatedNames({ SupportedIdentityProviders }: PoolClient): string[] {
  return SupportedIdentityProviders.filter((name) => name !== "COGNITO");
}
