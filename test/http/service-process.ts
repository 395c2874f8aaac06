/** What `npm start` runs, in a process that can be killed: on a data folder of its own, without the demonstration. */
import { startLocal } from "../../lib/local/service.ts";

const [dataDir = "", port = "", loginPort = ""] = process.argv.slice(2);
const service = await startLocal({ dataDir, port: Number(port), loginPort: Number(loginPort), notice: () => {} });
const { api, login, engine, tableName } = service;
process.send?.({ api, login, endpoint: engine.endpoint, tableName });
// Whoever started it is gone.
process.on("disconnect", () => void service.stop().then(() => process.exit(0)));
