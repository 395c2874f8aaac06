/** The values of the template's generated secrets: made once per installation, as Secrets Manager makes them at deployment. */
import { randomInt } from "node:crypto";
import type { Resource } from "./assembly.ts";
import type { DataFolder } from "./data-folder.ts";
import { referenceOf } from "./physical-names.ts";
import { asNumber, asRecord, asText, isRecord } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

const FILE = "secrets.json";
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS = "0123456789";
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

export class InstallationSecrets {
  readonly #folder: DataFolder;
  readonly #values: Map<string, string>;

  constructor(folder: DataFolder) {
    this.#folder = folder;
    this.#values = new Map(Object.entries(JSON.parse(folder.read(FILE) ?? "{}")));
  }

  /** The secret's value, made at the first call. @param field a member, where the secret is JSON */
  valueOf(secret: Resource, field: string | undefined): string {
    const name = referenceOf(secret);
    let value = this.#values.get(name);
    if (value === undefined) {
      value = generate(secret);
      this.#values.set(name, value);
      this.#folder.write(FILE, JSON.stringify(Object.fromEntries(this.#values)));
    }
    if (field === undefined) return value;
    return asText(asRecord(JSON.parse(value), secret.id)[field], `${secret.id}: ${field}`);
  }
}

function generate({ id, properties }: Resource): string {
  const how = properties.GenerateSecretString;
  if (!isRecord(how)) throw new StartRefusal(`The secret ${id} is not a generated one: its value is nowhere.`);
  const kinds = [
    LETTERS,
    how.ExcludeNumbers === true ? "" : DIGITS,
    how.ExcludePunctuation === true ? "" : PUNCTUATION,
  ];
  const excluded = String(how.ExcludeCharacters ?? "");
  const alphabet = [...kinds.join("")].filter((character) => !excluded.includes(character));
  const length = asNumber(how.PasswordLength ?? 32, `${id}: PasswordLength`);
  const made = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
  const template = how.SecretStringTemplate;
  if (template === undefined) return made;
  const key = asText(how.GenerateStringKey, `${id}: GenerateStringKey`);
  return JSON.stringify({ ...asRecord(JSON.parse(asText(template, id)), id), [key]: made });
}
