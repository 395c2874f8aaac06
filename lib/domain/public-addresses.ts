/** Addresses that anybody on the internet may be reached at, and so none of a network of one's own. */
import { isWithin, parseAddress, parseNetwork } from "./networks.ts";

/** Of IPv4, all but these (IANA's special-purpose registry, multicast, and what is reserved). */
const notPublic = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  // Of IPv6: what leads to an IPv4 address through a tunnel, documentation, and benchmarks.
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
].map(networkOf);

/** Nothing of IPv6 beyond it is given to anybody: loopback, link-local, unique-local, multicast and translations are not in it. */
const globalUnicast = networkOf("2000::/3");

/** Whether a text is a public address. An IPv4 address in the form of an IPv6 one is judged as what it is. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined || (address.bits === 128 && !isWithin(address, globalUnicast))) return false;
  return !notPublic.some((network) => isWithin(address, network));
}

function networkOf(text: string) {
  const network = parseNetwork(text);
  if (network === undefined) throw new Error(`${text} is no network`);
  return network;
}
