/** Serves own resource types, roles, assignments, API keys, and who has access to what. */
import { apiKeyRoutes } from "../lib/api/api-keys.ts";
import { assignmentRoutes } from "../lib/api/assignments.ts";
import { organizationRoleRoutes } from "../lib/api/organization-roles.ts";
import { resourceTypeRoutes } from "../lib/api/resource-types.ts";
import { roleRoutes } from "../lib/api/roles.ts";
import { userAccessRoutes } from "../lib/api/user-access.ts";
import { workspaceUserRoutes } from "../lib/api/workspace-users.ts";
import { KeyHasher, makeKeyCredential } from "../lib/identity/key-credentials.ts";
import { makeAreaHandler } from "./wiring/area-handler.ts";
import { readSettings } from "./wiring/config.ts";

const hasher = new KeyHasher(readSettings(["API_KEY_PEPPER"]).API_KEY_PEPPER);

export const handler = makeAreaHandler(
  "access",
  [
    ...resourceTypeRoutes,
    ...organizationRoleRoutes,
    ...roleRoutes,
    ...userAccessRoutes,
    ...workspaceUserRoutes,
    ...assignmentRoutes,
    ...apiKeyRoutes,
  ],
  {
    issueKey: (keyId, random) => {
      const credential = makeKeyCredential(keyId, random);
      return { credential, hash: hasher.hash(credential) };
    },
  },
);
