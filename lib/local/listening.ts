/** Opening and closing the servers. */
import type { Server } from "node:http";
import { StartRefusal } from "./start-refusal.ts";

/** How long requests under way may take when the service stops. */
const FINISH_LIMIT_MS = 2_000;
/** How long an idle connection is kept: with Node's 5 s one is closed, now and then, at the very moment when its client uses it again. */
const KEPT_MS = 65_000;

/** Listens on the loopback address. @param setting the variable that chooses the port @returns the port */
export function listen(server: Server, port: number, setting: string): Promise<number> {
  server.keepAliveTimeout = KEPT_MS;
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE" && error.code !== "EACCES") return reject(error);
      const why = error.code === "EADDRINUSE" ? "is taken by another program" : "may not be used";
      reject(new StartRefusal(`Port ${port} ${why}: set ${setting} to another one.`));
    });
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(address !== null && typeof address === "object" ? address.port : port);
    });
  });
}

/** Takes no more requests; resolves when those under way are answered, or after {@link FINISH_LIMIT_MS}. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(() => server.closeAllConnections(), FINISH_LIMIT_MS);
    server.close(() => {
      clearTimeout(patience);
      resolve();
    });
    server.closeIdleConnections();
  });
}
