/** Everything that must not vanish from what is deployed, in one file so that the app is synthesized once. */
import { afterAll, describe } from "vitest";
import { removeAssembly, tenants } from "./assembly.ts";
import { alarmCases } from "./stacks/alarms.ts";
import { apiCases } from "./stacks/api.ts";
import { archiveCases } from "./stacks/archive.ts";
import { auditEventCases } from "./stacks/audit-events.ts";
import { auditExportCases } from "./stacks/audit-exports.ts";
import { bundleCases } from "./stacks/bundles.ts";
import { dataCases } from "./stacks/data.ts";
import { firewallCases } from "./stacks/firewall.ts";
import { functionCases } from "./stacks/functions.ts";
import { gatewayResponseCases } from "./stacks/gateway-responses.ts";
import { securityLogCases } from "./stacks/security-log.ts";
import { signInCases } from "./stacks/sign-in.ts";
import { wholeCases } from "./stacks/whole.ts";

afterAll(removeAssembly);

describe.each(tenants.map((tenant) => [tenant.settings.name, tenant] as const))("the tenant %s", (_, tenant) => {
  describe("its three stacks", () => wholeCases(tenant));
  describe("its data", () => dataCases(tenant));
  describe("its archive", () => archiveCases(tenant));
  describe("its alarms", () => alarmCases(tenant));
  describe("its sign-in", () => signInCases(tenant));
  describe("its functions", () => functionCases(tenant));
  describe("its API", () => apiCases(tenant));
  describe("its firewall", () => firewallCases(tenant));
  describe("its security events", () => securityLogCases(tenant));
  describe("its events of audit entries", () => auditEventCases(tenant));
  describe("its exports of the audit log", () => auditExportCases(tenant));
  describe("its gateway's own answers", () => gatewayResponseCases(tenant));
});

describe("the bundles", bundleCases);
