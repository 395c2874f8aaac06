/** Metadata from an address that somebody else chose: what is fetched, and what is left alone. */
import { generateKeyPairSync } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../lib/domain/limits.ts";
import { makeCertificate } from "../../lib/local/test-certificate.ts";
import { fetchMetadata } from "../../lib/pool/metadata-fetch.ts";
import { samlMetadata } from "./saml-metadata.ts";

const asked: string[] = [];
let origin = "";

const pages: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "/metadata": (response) => response.end(samlMetadata()),
  "/once": redirect("/metadata"),
  "/twice": redirect("/once"),
  "/thrice": redirect("/twice"),
  "/round": redirect("/round"),
  "/to-credentials": redirect("http://ann:pw@127.0.0.1/metadata"),
  "/to-file": redirect("file:///etc/passwd"),
  "/to-nowhere": (response) => response.writeHead(302).end(),
  "/error": (response) => response.writeHead(500).end("secret of the inside"),
  "/large": (response) => response.end(samlMetadata() + " ".repeat(limits.metadataBytes)),
  "/endless": (response) => {
    const timer = setInterval(() => response.write(" ".repeat(10_000)), 1);
    response.on("close", () => clearInterval(timer));
  },
  "/silent": () => {},
  "/trickle": (response) => {
    const timer = setInterval(() => response.write(" "), 50);
    response.on("close", () => clearInterval(timer));
  },
  "/gzip": (response) => response.writeHead(200, { "content-encoding": "gzip" }).end("x"),
  "/latin": (response) => response.end(Buffer.concat([Buffer.from(samlMetadata()), Buffer.from([0xe9])])),
  "/page": (response) => response.end("<html><body>Hello</body></html>"),
  "/doctype": (response) => response.end(`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${samlMetadata()}`),
};

function redirect(location: string) {
  return (response: ServerResponse) => response.writeHead(302, { location }).end();
}

const server = createServer((message: IncomingMessage, response: ServerResponse) => {
  asked.push(message.url ?? "");
  const page = pages[message.url ?? ""];
  if (page === undefined) response.writeHead(404).end();
  else page(response);
});

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const refused = (reason: string) => ({ kind: "refused", reason });

describe("metadata by its address", () => {
  it.each(["/metadata", "/once", "/twice"])("is fetched, following up to two redirections: %s", async (path) => {
    expect(await fetchMetadata(origin + path, "any")).toEqual({ kind: "done", value: samlMetadata() });
  });

  it.each([
    ["/thrice", "It leads elsewhere too often."],
    ["/round", "It leads elsewhere too often."],
    ["/to-credentials", "An address with credentials is not taken."],
    ["/to-file", "This is not an https or http address."],
    ["/to-nowhere", "It answers with status 302."],
    ["/error", "It answers with status 500."],
    ["/absent", "It answers with status 404."],
    ["/large", `The metadata has more than ${limits.metadataBytes} bytes.`],
    ["/endless", `The metadata has more than ${limits.metadataBytes} bytes.`],
    ["/gzip", "It answers in a coding that was not asked for."],
    ["/latin", "The metadata is not in UTF-8."],
    ["/page", "This is not SAML metadata: it has no EntityDescriptor."],
    ["/doctype", "XML with a DOCTYPE is not taken."],
  ])("is refused for what comes from %s", async (path, reason) => {
    expect(await fetchMetadata(origin + path, "any")).toEqual(refused(reason));
  });

  it.each(["/silent", "/trickle"])("is given up after three seconds: %s", { timeout: 10_000 }, async (path) => {
    const start = Date.now();
    expect(await fetchMetadata(origin + path, "any")).toEqual(refused("It did not answer in time."));
    expect(Date.now() - start).toBeLessThan(4_000);
  });

  it("is refused where nothing answers, or the name leads nowhere", async () => {
    expect(await fetchMetadata("http://127.0.0.1:1/", "any")).toEqual(refused("It does not answer."));
    expect(await fetchMetadata("https://nowhere.invalid/", "any")).toMatchObject({ kind: "refused" });
  });
});

describe("metadata by an https address", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  // Without alternative names, a certificate is good for the common name.
  const content = makeCertificate("localhost", privateKey, publicKey);
  const cert = `-----BEGIN CERTIFICATE-----\n${content}\n-----END CERTIFICATE-----`;
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  const secure = createSecureServer({ cert, key }, (message, response) => {
    if (message.url === "/down") redirect(`${origin}/metadata`)(response);
    else if (message.url === "/across") redirect("/metadata")(response);
    else response.end(samlMetadata());
  });
  const usual = getCACertificates("default");
  let secureOrigin = "";

  beforeAll(async () => {
    setDefaultCACertificates([...usual, cert]);
    await new Promise<void>((done) => secure.listen(0, "localhost", done));
    const address = secure.address();
    secureOrigin = `https://localhost:${typeof address === "object" ? address?.port : ""}`;
  });
  afterAll(() => {
    setDefaultCACertificates(usual);
    secure.closeAllConnections();
    secure.close();
  });

  it.each(["/metadata", "/across"])("is fetched, and followed to another one: %s", async (path) => {
    expect(await fetchMetadata(secureOrigin + path, "any")).toEqual({ kind: "done", value: samlMetadata() });
  });

  it("is refused where it leads to an address that is not, and nothing is asked there", async () => {
    asked.length = 0;
    const reason = "It leads from https to an address without it.";
    expect(await fetchMetadata(`${secureOrigin}/down`, "any")).toEqual(refused(reason));
    expect(asked).toEqual([]);
  });

  it("is refused where nobody vouches for whoever answers", async () => {
    setDefaultCACertificates(usual);
    expect(await fetchMetadata(`${secureOrigin}/metadata`, "any")).toEqual(refused("It does not answer."));
  });
});

describe("where only public addresses are allowed", () => {
  it.each([
    "http://127.0.0.1",
    "http://localhost",
    "http://0x7f.1",
    "http://2130706433",
    "http://[::1]",
    "http://[::ffff:127.0.0.1]",
    "http://[::ffff:7f00:1]",
    "http://0.0.0.0",
    "http://169.254.169.254/latest/meta-data",
    "http://[fd00:ec2::254]/latest/meta-data",
    "https://10.0.0.1",
    "https://172.31.0.1",
    "https://192.168.1.1",
    "https://[fe80::1]",
    "https://[64:ff9b::a00:1]",
  ])("nothing is asked of %s", async (address) => {
    const url = new URL(address);
    if (url.hostname === "127.0.0.1" || url.hostname === "localhost") url.port = new URL(origin).port;
    asked.length = 0;
    expect(await fetchMetadata(`${url.origin}/metadata`, "public")).toEqual(refused("It is not at a public address."));
    expect(asked).toEqual([]);
  });

  it.each(["ftp://acme.example/", "file:///etc/passwd", "not an address", "https://ann:pw@acme.example/"])(
    "nor of what is no plain web address: %s",
    async (url) => {
      expect(await fetchMetadata(url, "public")).toMatchObject({ kind: "refused" });
    },
  );
});
