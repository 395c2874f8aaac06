/** Where a provider publishes its metadata, under the test's control. */
import { createServer } from "node:http";
import { samlMetadata } from "./saml-metadata.ts";

export class MetadataSite {
  /** What it answers with; a fault when there is none. */
  metadata: string | undefined = samlMetadata();
  asked = 0;
  url = "";
  readonly #server = createServer((_message, response) => {
    this.asked++;
    if (this.metadata === undefined) response.writeHead(500).end();
    else response.end(this.metadata);
  });

  async open(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the site has no port");
    this.url = `http://127.0.0.1:${address.port}/metadata`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
