/** What the start page's browser runs: the code flow with PKCE as any single-page application does it. */
export const startPageScript = `"use strict";
const offers = document.getElementById("offers");
const outcome = document.getElementById("outcome");
const { login, api } = offers.dataset;
const encode = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => encode(crypto.getRandomValues(new Uint8Array(32)));
const show = (...parts) => {
  outcome.hidden = false;
  outcome.textContent = parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part, null, 2))).join("\\n\\n");
};
async function start({ client, provider }) {
  const verifier = random();
  const state = random();
  sessionStorage.setItem("sign-in", JSON.stringify({ client, verifier, state }));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  const query = { client_id: client, redirect_uri: login + "/", response_type: "code", scope: "openid email", state,
    code_challenge: encode(digest), code_challenge_method: "S256", identity_provider: provider };
  location.assign("/oauth2/authorize?" + new URLSearchParams(query));
}
async function finish(answer) {
  const kept = JSON.parse(sessionStorage.getItem("sign-in") ?? "null");
  sessionStorage.removeItem("sign-in");
  history.replaceState(null, "", "/");
  if (kept === null || answer.get("state") !== kept.state) return show("This page did not ask for that sign-in.");
  if (answer.has("error")) return show("The sign-in is refused: " + (answer.get("error_description") ?? answer.get("error")));
  const form = { grant_type: "authorization_code", client_id: kept.client, code: answer.get("code"),
    redirect_uri: login + "/", code_verifier: kept.verifier };
  const tokens = await (await fetch("/oauth2/token", { method: "POST", body: new URLSearchParams(form) })).json();
  if (!tokens.access_token) return show("The sign-in is refused: " + (tokens.error_description ?? tokens.error));
  const bytes = atob(tokens.access_token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
  const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (sign) => sign.charCodeAt(0))));
  try {
    const me = await fetch(api + "/v1/me", { headers: { Authorization: "Bearer " + tokens.access_token } });
    show("GET /v1/me answers " + me.status, await me.json(), "The access token says", claims);
  } catch {
    show("The access token says", claims, "The token, for GET " + api + "/v1/me", tokens.access_token);
  }
}
for (const button of document.querySelectorAll("button")) button.addEventListener("click", () => start(button.dataset));
const answer = new URLSearchParams(location.search);
// The browser comes back to the registered name of this machine, and what is kept there is kept for that name alone.
if (location.hostname === "localhost") location.replace(login + "/");
else if (answer.has("code") || answer.has("error")) finish(answer);
`;
