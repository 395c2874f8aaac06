/** The size of an item as DynamoDB counts it: names and values, in bytes. */

export function sizeOf(item: Readonly<Record<string, unknown>>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOfValue(value), 0);
}

function sizeOfValue(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  // Up to two digits in a byte, and one byte more; a sign takes another.
  if (typeof value === "number") return Math.ceil(String(Math.abs(value)).length / 2) + 1 + (value < 0 ? 1 : 0);
  if (typeof value === "boolean" || value === null) return 1;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + 1 + sizeOfValue(one), 3);
  if (typeof value === "object") return 3 + Object.keys(value).length + sizeOf({ ...value });
  throw new TypeError(`an item holds no ${typeof value}`);
}
