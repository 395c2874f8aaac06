/** The id under which a request is answered, logged and audited: the caller's own where it can be echoed safely, else the gateway's. */
import { holdsCredential } from "../../lib/domain/key-form.ts";

const ECHOABLE = /^[A-Za-z0-9._~-]{1,128}$/;

/** @param named what the caller sent as `X-Request-ID`; several values, joined, are no id */
export function chooseRequestId(named: string | undefined, made: string): string {
  return named !== undefined && ECHOABLE.test(named) && !holdsCredential(named) ? named : made;
}
