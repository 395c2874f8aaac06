/** Bodies that are JSON and yet refused for what no schema in the document says: names, scopes, roles, oddities. */

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
/** What is wrong, with what call (`W` and `O` stand for paths), the body, and the pointers that the refusal names. */
export const refusedBodies: [string, string, unknown, string[]][] = [
  [
    "unknown fields, each by its name",
    "POST W/roles",
    { name: "A", scopes: [], colour: 1, "a/b~c": 2 },
    ["/colour", "/a~1b~0c"],
  ],
  ["no body at all", "POST O/users", undefined, ["/email"]],
  ["a name of blanks", "POST O/workspaces", { name: " \t " }, ["/name"]],
  ["a name with a NUL", "POST O/workspaces", { name: "A\u0000B" }, ["/name"]],
  ["a name with a line break", "POST O/workspaces", { name: "A\nB" }, ["/name"]],
  ["a name with a line separator", "POST W/roles", { name: "A\u2028B", scopes: [] }, ["/name"]],
  ["a name with a C1 control", "POST W/roles", { name: "A\u0085B", scopes: [] }, ["/name"]],
  ["half a character in a name", "POST O/workspaces", '{"name": "A\\ud800"}', ["/name"]],
  ["half a character in a field's name", "POST O/workspaces", '{"name": "A", "\\udfff": 1}', ["/\ufffd"]],
  ["an unknown scope", "POST W/roles", { name: "A", scopes: ["workflow:run", "workflow:fly"] }, ["/scopes/1"]],
  ["an unknown type", "POST W/roles", { name: "A", scopes: ["spaceship:*"] }, ["/scopes/0"]],
  [
    "a pattern that is none",
    "POST W/roles",
    { name: "A", scopes: ["work*", "*:run", "**", "", " workflow:run"] },
    ["/scopes/0", "/scopes/1", "/scopes/2", "/scopes/3", "/scopes/4"],
  ],
  [
    "a scope of the organization in a workspace's role",
    "POST W/roles",
    { name: "A", scopes: ["organization:read", "workspace:create"] },
    ["/scopes/0", "/scopes/1"],
  ],
  [
    "a type named like what every object has",
    "POST W/roles",
    { name: "A", scopes: ["constructor:*", "__proto__:*", "toString:read"] },
    ["/scopes/0", "/scopes/1", "/scopes/2"],
  ],
  ["a member named __proto__", "POST O/workspaces", '{"name": "A", "__proto__": {"status": "active"}}', ["/__proto__"]],
  [
    "a member named __proto__ in what is free",
    "POST O/workspaces",
    '{"name": "A", "labels": {"__proto__": "x"}}',
    ["/labels/__proto__"],
  ],
  ["a number beyond numbers", "POST O/workspaces", '{"name": 1e999}', ["/name"]],
  ["a number of many digits", "POST O/workspaces", `{"name": ${"9".repeat(400)}}`, ["/name"]],
  [
    "nesting without end",
    "POST O/workspaces",
    `{"name": "A", "labels": ${nested(200_000)}}`,
    [`/labels${"/0".repeat(32)}`],
  ],
  [
    "a workspace without the role to hold there",
    "POST O/users",
    { email: "a@b.example", workspaceId: "wks_01jdexamp1e0000000000000ab" },
    ["/workspaceId"],
  ],
  ["a role that is nowhere", "POST O/users", { email: "a@b.example", roleId: "rol_nothing" }, ["/roleId"]],
  ["a status that cannot be set", "PATCH O/users/usr_01jdexamp1e0000000000000ab", { status: "invited" }, ["/status"]],
  [
    "a moment that is over",
    "PUT W/assignments/usr_01jdexamp1e0000000000000ab",
    { roleIds: [], expiresAt: "2020-01-01T00:00:00Z" },
    ["/expiresAt"],
  ],
  [
    "a role of the other level",
    "PUT W/assignments/usr_01jdexamp1e0000000000000ab",
    { roleIds: ["rol_organization-manager"] },
    ["/roleIds/0"],
  ],
  [
    "a role of the other level, in the organization",
    "PUT O/assignments/usr_01jdexamp1e0000000000000ab",
    { roleIds: ["rol_owner"] },
    ["/roleIds/0"],
  ],
  [
    "a role that is not there",
    "PUT W/assignments/usr_01jdexamp1e0000000000000ab",
    { roleIds: ["rol_viewer", "rol_01jdexamp1e0000000000000ab", "*"] },
    ["/roleIds/1", "/roleIds/2"],
  ],
];
