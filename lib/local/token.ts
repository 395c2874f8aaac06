/** `npm run -s token -- ann@acme.example` prints an access token of a running service, for the shell. */
import { fetchToken } from "./sign-in-client.ts";
import { StartRefusal } from "./start-refusal.ts";

const [email, ...more] = process.argv.slice(2);
try {
  if (email === undefined || more.length > 0)
    throw new StartRefusal("Say for whom: npm run -s token -- ann@acme.example");
  console.log(await fetchToken(`http://127.0.0.1:${process.env.LOGIN_PORT ?? 4001}`, email));
} catch (error) {
  if (!(error instanceof StartRefusal)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
