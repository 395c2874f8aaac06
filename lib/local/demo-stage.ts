/** Performs a demonstration on the running service. */
import type { Line } from "./demo-scene.ts";
import { AnotherAnswer, Scene } from "./demo-scene.ts";
import { StartRefusal } from "./start-refusal.ts";

/**
 * Plays a story from its first line to its last, and says what its names stand for. Ends the process with exit code 1 at the
 * first answer that is not as told.
 * @param story lines, and headings between them
 * @param names what the story calls paths
 */
export async function perform(
  story: readonly (Line | string)[],
  names: Readonly<Record<string, string>>,
): Promise<void> {
  const lines = story.filter((line) => typeof line !== "string");
  const columns = {
    deed: Math.max(...lines.map(({ who, does }) => `${who} ${does}`.length)),
    request: Math.max(...lines.map(({ request }) => request.length)),
  };
  const api = `http://127.0.0.1:${process.env.PORT || 4000}`;
  const login = `http://127.0.0.1:${process.env.LOGIN_PORT || 4001}`;
  const isLoginNamed = lines.some(({ request }) => request.includes("{login}"));
  const scene = new Scene(api, login, { ...(isLoginNamed ? { login } : {}), ...names }, columns);
  try {
    for (const line of story) {
      if (typeof line === "string") console.log(`\n${line}`);
      else await scene.play(line);
    }
    console.log(`\nWhere\n${scene.legend()}`);
  } catch (error) {
    if (!(error instanceof StartRefusal) && !(error instanceof AnotherAnswer)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
