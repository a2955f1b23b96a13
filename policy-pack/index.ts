import { PolicyPack } from "@pulumi/policy";
import { toPulumiPolicy } from "./adapter";
import { POLICIES } from "./catalog";
import { deserializeOnce } from "./deserialize-once";
import { engineSurroundings } from "./surroundings";

deserializeOnce();

// Constructing the pack starts its server, so nothing but the Pulumi engine may load this file.
new PolicyPack("security-stack", {
  policies: POLICIES.map((policy) => toPulumiPolicy(policy, engineSurroundings)),
});
