import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SigningKeys } from "../../lib/identity/signing-keys.ts";
import { makeKey, TestIssuer } from "./issuer.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const first = makeKey("first");
const second = makeKey("second");

let issuer: TestIssuer;
let keys: SigningKeys;
let faults: unknown[];
let now: number;

beforeEach(async () => {
  issuer = await TestIssuer.open(first);
  faults = [];
  now = Date.UTC(2026, 10, 23);
  keys = new SigningKeys(issuer.url, { clock: () => now, reportFault: (fault) => faults.push(fault) });
});

afterEach(() => issuer.close());

describe("the issuer's keys", () => {
  it("are asked for when the first is needed, and not again while they are fresh", async () => {
    expect(issuer.fetches).toBe(0);
    for (let i = 0; i < 10; i++) expect(await keys.find("first")).toMatchObject({ type: "public" });
    now += 10 * MINUTE;
    await keys.find("first");
    expect(issuer.fetches).toBe(1);
  });

  it("are asked for once by many who wait at the same time", async () => {
    const found = await Promise.all(Array.from({ length: 50 }, () => keys.find("first")));
    expect(found.every((key) => key?.type === "public")).toBe(true);
    expect(issuer.fetches).toBe(1);
  });

  it("are asked for again after ten minutes, so that one taken back is not believed for longer", async () => {
    await keys.find("first");
    issuer.published = [second];
    now += 10 * MINUTE;
    expect(await keys.find("first")).toBeDefined();
    now += 1;
    expect(await keys.find("first")).toBeUndefined();
  });

  it("may be replaced by new ones: a key id not seen before is asked for at once when the last question is old enough", async () => {
    await keys.find("first");
    issuer.published = [first, second];
    now += 10 * SECOND;
    expect(await keys.find("second")).toMatchObject({ type: "public" });
    expect(await keys.find("first")).toMatchObject({ type: "public" });
    expect(issuer.fetches).toBe(2);
  });
});

describe("a flood of unknown key ids", () => {
  it("asks the issuer once in ten seconds", async () => {
    await keys.find("first");
    for (let tick = 0; tick < 30; tick++) {
      now += SECOND;
      const found = await Promise.all(Array.from({ length: 20 }, (_, i) => keys.find(`made-up-${tick}-${i}`)));
      expect(found.every((key) => key === undefined)).toBe(true);
    }
    expect(issuer.fetches).toBe(1 + 3);
  });

  it("asks no more often while the issuer does not answer, and harms nobody whose key is known", async () => {
    await keys.find("first");
    issuer.answer = "error";
    for (let tick = 0; tick < 30; tick++) {
      now += SECOND;
      await Promise.allSettled(Array.from({ length: 20 }, (_, i) => keys.find(`made-up-${tick}-${i}`)));
      expect(await keys.find("first")).toBeDefined();
    }
    expect(issuer.fetches).toBe(1 + 3);
  });
});

describe("an issuer that does not answer", () => {
  it.each(["error", "nonsense", "silence", "no list of keys", "a redirection"] as const)(
    "but gives %s is a fault, not an unknown key",
    async (answer) => {
      issuer.answer = answer;
      await expect(keys.find("first")).rejects.toThrow();
      expect(faults).toHaveLength(1);
      expect(issuer.fetches).toBe(1);
    },
  );

  it("that cannot be reached at all is a fault", async () => {
    issuer.close();
    await expect(keys.find("first")).rejects.toThrow();
  });

  it("is asked again after a second when no key is known, and then all is well", async () => {
    issuer.answer = "error";
    await expect(keys.find("first")).rejects.toThrow();
    issuer.answer = "keys";
    now += SECOND - 1;
    await expect(keys.find("first")).rejects.toThrow();
    expect(issuer.fetches).toBe(1);
    now += 1;
    expect(await keys.find("first")).toBeDefined();
  });

  it("leaves it open whether an unknown key is good: a fault, also within the cool-down", async () => {
    await keys.find("first");
    issuer.answer = "error";
    now += 10 * SECOND;
    await expect(keys.find("second")).rejects.toThrow();
    now += SECOND;
    await expect(keys.find("second")).rejects.toThrow();
    expect(issuer.fetches).toBe(2);
  });

  it("does not shut out those whose key is known, for an hour", async () => {
    await keys.find("first");
    issuer.answer = "error";
    now += 60 * MINUTE;
    expect(await keys.find("first")).toBeDefined();
    expect(faults).toHaveLength(1);
    now += 1;
    await expect(keys.find("first")).rejects.toThrow();
  });

  it("without a word is given up, long before a request would be", async () => {
    issuer.answer = "silence";
    await expect(keys.find("first")).rejects.toMatchObject({ name: "TimeoutError" });
  });
});
