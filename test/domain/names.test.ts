/** Names and addresses: shown as typed, compared after folding. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldName, hasForbiddenCharacters } from "../../lib/domain/names.ts";
import { foldEmail } from "../../lib/domain/users.ts";

describe("two names are one name", () => {
  it.each([
    ["in another case", "Night Watch", "NIGHT watch"],
    ["with space around it", "Owner", "  Owner\u00a0"],
    ["in full-width letters", "Owner", "Ｏｗｎｅｒ"],
    ["with a ligature", "Office", "Oﬃce"],
    ["composed or decomposed", "Zoë", "Zoe\u0308"],
    ["with a sharp s or two", "Straße", "STRASSE"],
    ["with a capital sharp s", "STRAẞE", "straße"],
    ["with a final sigma or another", "ΟΔΟΣ", "οδοσ"],
    ["with the Kelvin sign", "Kilo", "\u212Ailo"],
    ["with the Ångström sign", "Å", "\u212B"],
    ["with a spacing accent in front, which folds to a space", "\u0308x", "\u00a8x"],
  ])("%s: %j and %j", (_how, a, b) => {
    expect(foldName(a)).toBe(foldName(b));
  });

  it.each([
    ["another letter", "Owner", "0wner"],
    ["a space inside", "Night Watch", "Nightwatch"],
    ["an accent", "Zoe", "Zoë"],
    ["another alphabet", "Owner", "Оwner"],
  ])("not with %s: %j and %j", (_how, a, b) => {
    expect(foldName(a)).not.toBe(foldName(b));
  });

  it("folds once and for all, whatever the case and form", () => {
    const law = fc.property(fc.string({ unit: "grapheme", maxLength: 12 }), (name) => {
      const folded = foldName(name);
      expect(foldName(folded)).toBe(folded);
      expect(foldName(name.toUpperCase())).toBe(folded);
      expect(foldName(` ${name.normalize("NFD")} `)).toBe(folded);
    });
    fc.assert(law, { numRuns: 2_000 });
  });
});

describe("a name holds no character that breaks lists and logs", () => {
  it.each([
    ["NUL", "\0"],
    ["a line end", "\n"],
    ["a carriage return", "\r"],
    ["a tab", "\t"],
    ["escape", "\u001b"],
    ["delete", "\u007f"],
    ["the C1 next line", "\u0085"],
    ["the line separator", "\u2028"],
    ["the paragraph separator", "\u2029"],
    ["half a character", "\ud83d"],
    ["the other half", "\ude00"],
  ])("such as %s", (_what, character) => {
    expect(hasForbiddenCharacters(`a${character}b`)).toBe(true);
    expect(hasForbiddenCharacters(character)).toBe(true);
  });

  it.each(["Owner", "Zoë", "日本", "👩‍🚒", "a b", "O'Neil & Söhne <x>", ""])("but may be %j", (name) => {
    expect(hasForbiddenCharacters(name)).toBe(false);
  });
});

describe("two addresses are one", () => {
  it("after trimming, whatever the case", () => {
    expect(foldEmail(" Ann@ACME.example ")).toBe(foldEmail("ann@acme.example"));
  });

  it("but not when a tag or a dot differs", () => {
    // The Kelvin sign has a plain k as its lower case.
    expect(foldEmail("\u212Aate@acme.example")).not.toBe(foldEmail("kate@acme.example"));
    expect(foldEmail("ann+x@acme.example")).not.toBe(foldEmail("ann@acme.example"));
    expect(foldEmail("a.nn@acme.example")).not.toBe(foldEmail("ann@acme.example"));
  });
});
