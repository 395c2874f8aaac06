/**
 * What stays when a stack is taken away. Table and user pool refuse their own deletion in every environment besides: to take a
 * development tenant down, switch that off by hand first.
 */
import { RemovalPolicy } from "aws-cdk-lib";
import type { TenantSettings } from "./tenant-settings.ts";

/** Outside development nothing that holds data goes with its stack. */
export function removalPolicyOf({ environment }: TenantSettings): RemovalPolicy {
  return environment === "development" ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
}

/** Whether CloudFormation refuses to delete the stack at all. */
export function isTerminationProtected({ environment }: TenantSettings): boolean {
  return environment === "production";
}
