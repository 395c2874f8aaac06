import type { IncomingMessage, ServerResponse } from "node:http";
import type { DataFolder } from "./data-folder.ts";

export interface TestProviders {
  handles(path: string): boolean;
  serve(message: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Answers a redirect to one of the two as this person would, without a browser; `undefined` when it leads elsewhere. */
  answer(
    redirect: string,
    person: { readonly email: string; readonly claims: Readonly<Record<string, unknown>> },
  ): Promise<
    | { readonly kind: "saml"; readonly relayState: string; readonly samlResponse: string }
    | { readonly kind: "oidc"; readonly callback: URLSearchParams }
    | undefined
  >;
}

export async function openTestProviders(options: { login: string; folder: DataFolder }): Promise<TestProviders> {
  throw new Error(`Not written yet (${options.login}).`);
}
