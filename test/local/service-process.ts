/** A service in a process of its own, for the tests that kill it. */
import { startLocal } from "../../lib/local/service.ts";

const [assembly = "", dataDir = ""] = process.argv.slice(2);
const service = await startLocal({ port: 0, loginPort: 0, assembly, dataDir });
process.send?.({ engine: service.engine.pid, api: service.api });
