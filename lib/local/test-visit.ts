/** A sign-in at the OIDC test provider as a browser makes it, over HTTP, with nobody looking at the page. */

const MOST_STEPS = 10;

/**
 * Follows the redirects from an authorization request to the callback, posting `form` at the page between.
 * @returns the callback's query
 */
export async function followToCallback(
  start: string,
  redirectUri: string,
  form: Readonly<Record<string, string>>,
): Promise<URLSearchParams> {
  const cookies = new Map<string, string>();
  let address = start;
  for (let step = 0; step < MOST_STEPS; step++) {
    const isPage = new URL(address).pathname.includes("/interaction/");
    const response = await fetch(address, {
      method: isPage ? "POST" : "GET",
      body: isPage ? new URLSearchParams(form) : null,
      headers: { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      redirect: "manual",
    });
    await response.arrayBuffer();
    for (const cookie of response.headers.getSetCookie()) keep(cookies, cookie);
    const location = response.headers.get("location");
    if (location === null) break;
    const next = new URL(location, address);
    if (next.origin + next.pathname === redirectUri) return next.searchParams;
    address = next.href;
  }
  throw new Error("The test provider did not lead back to the sign-in");
}

/** Paths and ends are left aside: the whole visit is one sign-in. */
function keep(cookies: Map<string, string>, header: string): void {
  const pair = header.split(";")[0] ?? "";
  const split = pair.indexOf("=");
  const value = pair.slice(split + 1);
  if (value === "") cookies.delete(pair.slice(0, split));
  else cookies.set(pair.slice(0, split), value);
}
