import { Agent, createServer, request } from "node:http";
import { expect, it } from "vitest";
import { close, listen } from "../../lib/local/listening.ts";

it("an idle connection is kept for more than ten seconds, and closed with its server", async () => {
  const server = createServer((_, response) => void response.end("x"));
  const port = await listen(server, 0, "any port");
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const once = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request({ port, agent }, (response) => {
        const from = response.socket.localPort;
        response.resume().on("end", () => resolve(from));
      });
      outgoing.on("error", reject).end();
    });
  const first = await once();
  // Node says how long it keeps a connection, which whoever asks may go by.
  expect(server.keepAliveTimeout).toBeGreaterThan(10_000);
  expect(await once()).toBe(first);
  await close(server);
  await expect(once()).rejects.toThrow();
  agent.destroy();
});
