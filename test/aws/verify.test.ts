import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { NotPrepared, readSettings } from "./settings.ts";
import { candidatesOf, stringForms } from "./string-forms.ts";

const complete = {
  AWS_PROFILE: "acme",
  BAILIWICK_API: "https://api.acme.example/",
  BAILIWICK_LOGIN: "https://acme.auth.eu-central-1.amazoncognito.com",
  BAILIWICK_USER_POOL: "eu-central-1_Abc",
  BAILIWICK_ORG: "org_1",
  BAILIWICK_TOKEN: "token",
};

describe("the check at AWS", () => {
  test("does not start without credentials, and says in one sentence what it wants", () => {
    const program = join(import.meta.dirname, "verify.ts");
    const { status, stdout, stderr } = spawnSync(process.execPath, [program], { env: {}, encoding: "utf8" });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "verify:aws signs in at a real user pool and is not started without " +
        "AWS credentials (AWS_ACCESS_KEY_ID or AWS_PROFILE or AWS_WEB_IDENTITY_TOKEN_FILE), " +
        "BAILIWICK_API, BAILIWICK_LOGIN, BAILIWICK_USER_POOL, BAILIWICK_ORG, BAILIWICK_TOKEN; see docs/local-sign-in.md.\n",
    });
  });

  test.each(Object.keys(complete))("does not start without %s", (name) => {
    expect(() => readSettings({ ...complete, [name]: "" })).toThrow(NotPrepared);
  });

  test("finds the region in the pool's id", () => {
    expect(readSettings(complete)).toMatchObject({ region: "eu-central-1", api: "https://api.acme.example" });
  });
});

describe("the forms of a SAML attribute", () => {
  test.each(stringForms)("$attribute: rules are asked for the values, and for other forms", (form) => {
    const wanted = form.seen ?? form.values;
    const candidates = candidatesOf(form);
    expect(candidates).toEqual(expect.arrayContaining([...wanted]));
    expect(candidates.length).toBeGreaterThan(wanted.length);
  });
});
