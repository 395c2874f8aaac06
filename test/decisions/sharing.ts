/**
 * Decisions about what is shared, as data: what happened, and what is then answered. In each case an organization has three
 * workspaces, `north`, `south` and `east`. Ann manages it and owns all three; Sam owns north, Tom south, Eve east. Whoever else a
 * case names in `people` holds just those roles. `foreign` is a workspace of another organization, `absent` one that never was.
 */
import type { SharingCase } from "./sharing/case.ts";
import { ending } from "./sharing/ending.ts";
import { giving } from "./sharing/giving.ts";
import { offering } from "./sharing/offering.ts";
import { passing } from "./sharing/passing.ts";
import { settling } from "./sharing/settling.ts";
import { shutting } from "./sharing/shutting.ts";
import { taken } from "./sharing/taken.ts";
import { using } from "./sharing/using.ts";

/** By theme, for whoever reads what came of them. */
export const sharingThemes: Readonly<Record<string, readonly SharingCase[]>> = {
  "using what is shared": using,
  "giving a share": giving,
  "offers and their answers": offering,
  "one id, one thing": taken,
  "how a share ends": ending,
  "who is shut out": shutting,
  "what the organization lets be shared": settling,
  "what is transient, and own types": passing,
};
