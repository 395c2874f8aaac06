/** Addresses of the internet and networks of them: `10.20.0.0/16`, `2001:db8::/32`. */

export interface Address {
  /** 32 or 128. */
  readonly bits: number;
  readonly value: bigint;
}

interface Network {
  readonly address: Address;
  readonly prefix: number;
}

/** @returns undefined for what is no network; bits beyond the prefix may be set, and are of no account */
export function parseNetwork(text: string): Network | undefined {
  const [, host = "", written = ""] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === undefined) return undefined;
  // An IPv4 network in an IPv6 spelling counts the bits before it, too.
  const prefix = Number(written) - (host.includes(":") ? 128 - address.bits : 0);
  return prefix < 0 || prefix > address.bits ? undefined : { address, prefix };
}

/** The network of a prefix that an address is in, as it is to be written. */
export function formatNetwork({ address: { bits, value }, prefix }: Network): string {
  const host = BigInt(bits - prefix);
  const first = (value >> host) << host;
  const size = bits === 32 ? 8 : 16;
  const groups = Array.from({ length: bits / size }, (_, index) => {
    const group = Number(BigInt.asUintN(size, first >> BigInt(bits - size * (index + 1))));
    return bits === 32 ? String(group) : group.toString(16);
  });
  return `${groups.join(bits === 32 ? "." : ":")}/${prefix}`;
}

/** Whether an address is one of a network; never for one of the other family. */
export function isWithin(address: Address, network: Network): boolean {
  if (address.bits !== network.address.bits) return false;
  const host = BigInt(address.bits - network.prefix);
  return address.value >> host === network.address.value >> host;
}

/** An IPv4 address written as an IPv6 one (`::ffff:192.0.2.7`) is that IPv4 address. @returns undefined for what is none */
export function parseAddress(text: string): Address | undefined {
  const plain = parseIpv4(text);
  if (plain !== undefined) return { bits: 32, value: plain };
  const value = parseIpv6(text);
  if (value === undefined) return undefined;
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const sides = text.split("::");
  if (sides.length > 2) return undefined;
  const [head, tail] = sides.map((side, index) => (side === "" ? [] : readGroups(side, index === sides.length - 1)));
  if (head === undefined) return undefined;
  if (sides.length === 1) return head.length === 8 ? join(head) : undefined;
  // `::` stands for one group of zeros or more.
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return join([...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0n), ...tail]);
}

/** Groups of 16 bits; an IPv4 address at the end of the whole stands for two. */
function readGroups(side: string, isEnd: boolean): bigint[] | undefined {
  const written = side.split(":");
  const groups: bigint[] = [];
  for (const [index, group] of written.entries()) {
    const last = isEnd && index === written.length - 1 ? parseIpv4(group) : undefined;
    if (last !== undefined) groups.push(last >> 16n, last & 0xffffn);
    else if (/^[0-9A-Fa-f]{1,4}$/.test(group)) groups.push(BigInt(`0x${group}`));
    else return undefined;
  }
  return groups;
}

function join(groups: readonly bigint[]): bigint {
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}
