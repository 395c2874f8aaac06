/**
 * Every limit, in one table: refusals name them, the documents list them, and a test computes the largest transaction from
 * them. Characters are counted as Unicode code points, bytes as UTF-8.
 */
export const limits = {
  /** Characters of a name. */
  nameLength: 100,
  /** Characters of a description. */
  descriptionLength: 250,
  emailLength: 254,
  externalIdLength: 128,
  /** Characters of a pattern in a condition: a glob or a regular expression. */
  patternLength: 256,
  /** Claim rules of one place, and bytes of them all as JSON: they are one item, and what a sign-in reads first. */
  claimRulesPerPlace: 1_000,
  claimRulesBytes: 350_000,
  /** Bytes of one rule as JSON: an audit entry holds it twice. */
  claimRuleBytes: 65_536,
  /** Workspaces and identity providers that one rule may be limited to. */
  workspacesPerRule: 500,
  identityProvidersPerRule: 10,
  /** Conditions of one rule, values of one condition, and characters of a value and of an attribute's name. */
  conditionsPerRule: 20,
  valuesPerCondition: 100,
  conditionValueLength: 1_024,
  attributeNameLength: 128,
  /** Patterns, globs and regular expressions together, in the conditions of one place's rules. */
  patternsPerPlace: 200,
  /** Labels of one thing, characters of their names and values, and bytes of all together as JSON. */
  labels: 20,
  labelNameLength: 63,
  labelValueLength: 128,
  labelsBytes: 2_048,
  /** Scopes and patterns of one role, and bytes of them all: a role must stay one read unit (4 KB). */
  scopesPerRole: 150,
  scopesBytes: 2_400,
  /** Own resource types that one custom role may name: each is an item of the transaction that makes it. */
  ownTypesPerRole: 20,
  /** Resource types that one organization may register, actions of one, and bytes of all as JSON: they are one item. */
  ownTypes: 100,
  actionsPerType: 30,
  ownTypesBytes: 350_000,
  /** Custom roles that one organization, or one workspace, may have. */
  rolesPerPlace: 1_000,
  /** Roles that one user may hold in one place. */
  rolesPerUserAndPlace: 20,
  /** Characters of all attributes that a sign-in through a provider keeps, as JSON. */
  signInBytes: 100_000,
  workspacesPerOrganization: 10_000,
  identityProvidersPerOrganization: 10,
  /** Workspaces that one provider may be bound to. */
  workspacesPerProvider: 100,
  /** Attributes that one provider's claims are mapped to beside the address, and characters of their names and of the claims'. */
  mappedAttributes: 50,
  mappedNameLength: 64,
  claimNameLength: 256,
  /** Characters of a provider's address and of its client's id and secret, and bytes of its SAML metadata. */
  addressLength: 2_048,
  clientIdLength: 256,
  clientSecretLength: 1_024,
  metadataBytes: 204_800,
  usersPerOrganization: 100_000,
  /** Invitations in one request. */
  usersPerBulk: 100,
  /** Bytes of a resource's attributes as JSON, secrets among them; how many of these, and bytes of one. */
  attributesBytes: 102_400,
  secretsPerResource: 20,
  secretBytes: 8_192,
  /** Characters of a resource's id, and of a resource type's name. */
  resourceIdLength: 128,
  resourceTypeLength: 64,
  /** Resources made, and workspaces shared with, in one request. */
  resourcesPerBulk: 100,
  sharesPerBulk: 100,
  /** Actions that one share names. */
  actionsPerShare: 30,
  /** Days that a transient resource lives where its maker does not say, and the most that it may. */
  transientDaysUsual: 30,
  transientDaysMost: 400,
  /** Days for which the activity log, and the record of security events, keep what happened. */
  activityDays: 90,
  /** Subjects of one provider whose refused sign-ins of a minute are recorded by name; those of all others are one number. */
  refusedSubjects: 64,
  /** Types and workspaces that an organization's sharing policy names. */
  sharingTypes: 200,
  sharingTargets: 1_000,
  /** API keys of one workspace that are not revoked, and days for which a revoked one is still seen. */
  apiKeysPerWorkspace: 1_000,
  revokedKeyDays: 90,
  /** Seconds for which the secret before may still be used after a new one was made. */
  keyOverlapSeconds: 604_800,
  /** The longest life of a key's secret that an organization may settle, in days. */
  keyLifetimeDaysMost: 3_650,
  /** Days for which entries of the audit log stay in the table: where the organization settles nothing, the fewest and the most. */
  auditDaysUsual: 400,
  auditDaysLeast: 90,
  auditDaysMost: 3_650,
  /** Export jobs of one organization at once, and kept; hours after which one that is not done has failed, days for which it is kept. */
  exportsRunning: 5,
  exportsKept: 100,
  exportHours: 24,
  exportDays: 7,
  /** Files of one export, entries and bytes after which a file ends, and minutes for which a link to one works. */
  exportFiles: 2_000,
  exportFileEntries: 5_000,
  exportFileBytes: 4_000_000,
  exportLinkMinutes: 15,
  /** Characters of what an export is filtered by. */
  exportFilterLength: 254,
  /** Items of a page: the default, the most, and the most of the audit log. */
  pageDefault: 50,
  pageMost: 100,
  auditPageMost: 500,
  /** Holders of a role that one preview looks at. */
  previewMost: 10_000,
  /** Workspaces on one page of a user's access. */
  accessMost: 1_000,
  /** Bytes of a request's body. */
  bodyBytes: 1_048_576,
  /** Levels of nesting in a request's body. */
  bodyDepth: 32,
  idempotencyKeyLength: 128,
  /** Characters of a caller's user agent that an audit entry keeps. */
  userAgentLength: 256,
  /** Bytes of a token, looked at before anything is parsed. */
  tokenBytes: 8_192,
  /** Seconds that a token may live, and by which its issuer's clock may be ahead. */
  tokenLifetimeSeconds: 86_400,
  clockToleranceSeconds: 5,
} as const;
