/** A browser as far as a sign-in needs one: it keeps cookies and follows redirects, and stays with the sign-in's own address. */

const MOST_STEPS = 10;

export class Browser {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(login: string) {
    this.#origin = new URL(login).origin;
  }

  /**
   * @returns the first address that begins with `until`, unvisited; or the status and address of the page where the redirects end
   */
  async visit(start: string, until: string, form?: Readonly<Record<string, string>>): Promise<URL | string> {
    let address = start;
    let body = form === undefined ? null : new URLSearchParams(form);
    for (let step = 0; step < MOST_STEPS; step++) {
      const { origin, pathname, searchParams } = new URL(address);
      if (origin !== this.#origin)
        return `it leads to ${origin}: ${searchParams.get("error_description") ?? "no error"}`;
      const response = await fetch(address, {
        method: body === null ? "GET" : "POST",
        body,
        headers: { Cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
        redirect: "manual",
      });
      await response.arrayBuffer();
      for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
      const location = response.headers.get("location");
      // The page's address without its query, which holds codes and answers.
      if (location === null) return `a page with status ${response.status} at ${pathname}`;
      address = new URL(location, address).href;
      body = null;
      if (address.startsWith(until)) return new URL(address);
    }
    return "redirects without an end";
  }

  #keep(header: string): void {
    const [, name = "", value = ""] = /^([^=;]+)=([^;]*)/.exec(header) ?? [];
    if (value === "") this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
