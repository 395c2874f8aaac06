/** The routes as README lists them: one table for each beginning of a path, longest beginnings last. */
import type { Route } from "../../lib/api/route.ts";
import { toTable } from "./page.ts";

const groups = [
  { title: "Everywhere", start: "" },
  { title: "In an organization: `O` = `/v1/orgs/{orgId}`", start: "/v1/orgs/{orgId}", short: "O" },
  {
    title: "In a workspace: `W` = `O/workspaces/{workspaceId}`",
    start: "/v1/orgs/{orgId}/workspaces/{workspaceId}",
    short: "W",
  },
] as const;

export function routeTables(routes: readonly Route[]): string {
  return groups
    .map(({ title, start }) => {
      const rows = routes
        .filter(({ path }) => groupOf(path).start === start)
        .map((route) => [`\`${route.method} ${shorten(route.path)}\``, describeAccess(route), route.summary]);
      return `**${title}**\n\n${toTable(["route", "who may", "what it does"], rows)}`;
    })
    .join("\n\n");
}

/** The path with its beginning as one letter. */
export function shorten(path: string): string {
  const group = groupOf(path);
  return "short" in group ? group.short + path.slice(group.start.length) : path;
}

function groupOf(path: string): (typeof groups)[number] {
  const fitting = groups.filter(({ start }) => path === start || path.startsWith(`${start}/`));
  return fitting.at(-1) ?? groups[0];
}

function describeAccess({ access, path }: Route): string {
  const above = " in the organization";
  switch (access.kind) {
    case "public":
      return "anybody";
    case "signed-in":
      return "any valid credential";
    case "member":
      return `standing in the ${access.level}${access.scope === undefined ? "" : `; more with \`${access.scope}\``}`;
    case "scope": {
      const isAbove = access.level === "organization" && path.includes("{workspaceId}");
      const other = access.orOrganization === undefined ? "" : `, or \`${access.orOrganization}\`${above}`;
      return `\`${access.scope}\`${isAbove ? above : ""}${other}`;
    }
  }
}
