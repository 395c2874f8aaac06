/** Every fault that some test must notice. A claim of the README or the issues without its mutant is not shown. */
import { apiMutants } from "./api.ts";
import { apiKeyMutants } from "./api-keys.ts";
import { auditEvidenceMutants } from "./audit-evidence.ts";
import { auditExportMutants } from "./audit-exports.ts";
import { auditRetentionMutants } from "./audit-retention.ts";
import { auditVerificationMutants } from "./audit-verification.ts";
import { checkpointMutants } from "./checkpoints.ts";
import { claimRuleRouteMutants } from "./claim-rule-routes.ts";
import { claimRuleMutants } from "./claim-rules.ts";
import { demonstrationMutants } from "./demonstration.ts";
import { deploymentMutants } from "./deployment.ts";
import { directoryMutants } from "./directory.ts";
import { domainMutants } from "./domain.ts";
import { eventMutants } from "./events.ts";
import { federationMutants } from "./federation.ts";
import { functionMutants } from "./functions.ts";
import { hostilityMutants } from "./hostility.ts";
import { identityMutants } from "./identity.ts";
import { identityProviderMutants } from "./identity-providers.ts";
import { localFederationMutants } from "./local-federation.ts";
import type { Mutant } from "./mutant.ts";
import { organizationRoleMutants } from "./organization-roles.ts";
import { ownTypeMutants } from "./own-types.ts";
import { reassignmentMutants } from "./reassignment.ts";
import { removalMutants } from "./removal.ts";
import { requestMutants } from "./requests.ts";
import { resourceRouteMutants } from "./resource-routes.ts";
import { resourceMutants } from "./resources.ts";
import { ruleWritingMutants } from "./rule-writing.ts";
import { securityLogMutants } from "./security-log.ts";
import { sharingDecisionMutants } from "./sharing-decisions.ts";
import { sharingFaultMutants } from "./sharing-faults.ts";
import { signInOutcomeMutants } from "./sign-in-outcome.ts";
import { storeMutants } from "./store.ts";
import { sweeperMutants } from "./sweeper.ts";

export const mutants: readonly Mutant[] = [
  ...domainMutants,
  ...storeMutants,
  ...identityMutants,
  ...apiMutants,
  ...functionMutants,
  ...deploymentMutants,
  ...hostilityMutants,
  ...sweeperMutants,
  ...requestMutants,
  ...demonstrationMutants,
  ...directoryMutants,
  ...organizationRoleMutants,
  ...reassignmentMutants,
  ...removalMutants,
  ...claimRuleMutants,
  ...signInOutcomeMutants,
  ...claimRuleRouteMutants,
  ...ruleWritingMutants,
  ...federationMutants,
  ...localFederationMutants,
  ...identityProviderMutants,
  ...ownTypeMutants,
  ...sharingDecisionMutants,
  ...resourceMutants,
  ...resourceRouteMutants,
  ...sharingFaultMutants,
  ...apiKeyMutants,
  ...auditVerificationMutants,
  ...auditRetentionMutants,
  ...checkpointMutants,
  ...securityLogMutants,
  ...eventMutants,
  ...auditExportMutants,
  ...auditEvidenceMutants,
];
