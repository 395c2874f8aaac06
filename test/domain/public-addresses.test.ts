import { describe, expect, it } from "vitest";
import { isPublicAddress } from "../../lib/domain/public-addresses.ts";

describe("a public address", () => {
  it.each(["1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "192.167.0.1", "223.255.255.255", "2606:4700::1111"])(
    "is %s",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    ["of this host", "0.0.0.0"],
    ["private", "10.1.2.3"],
    ["private", "172.16.0.1"],
    ["private", "172.31.255.255"],
    ["private", "192.168.0.1"],
    ["of a carrier's own network", "100.64.0.1"],
    ["loopback", "127.0.0.1"],
    ["loopback", "127.255.255.254"],
    ["link-local, where the cloud tells its secrets", "169.254.169.254"],
    ["for protocols", "192.0.0.1"],
    ["for documentation", "192.0.2.1"],
    ["for documentation", "198.51.100.1"],
    ["for documentation", "203.0.113.1"],
    ["for benchmarks", "198.19.0.1"],
    ["multicast", "224.0.0.1"],
    ["reserved", "240.0.0.1"],
    ["broadcast", "255.255.255.255"],
    ["unspecified", "::"],
    ["loopback", "::1"],
    ["IPv4 in IPv6's clothes", "::ffff:10.0.0.1"],
    ["IPv4 in IPv6's clothes", "::ffff:a00:1"],
    ["IPv4 in IPv6's oldest clothes", "::10.0.0.1"],
    ["translated", "64:ff9b::10.0.0.1"],
    ["unique-local", "fc00::1"],
    ["unique-local", "fd00:ec2::254"],
    ["link-local", "fe80::1"],
    ["site-local", "fec0::1"],
    ["multicast", "ff02::1"],
    ["a tunnel", "2002:a00:1::"],
    ["a tunnel", "2001:0:a00:1::"],
    ["for documentation", "2001:db8::1"],
    ["with a zone", "fe80::1%eth0"],
    ["no address", "localhost"],
    ["no address", "127.1"],
  ])("is none that is %s: %s", (_, address) => expect(isPublicAddress(address)).toBe(false));
});
