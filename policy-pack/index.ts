import { PolicyPack } from "@pulumi/policy";
import { toPulumiPolicy } from "./pack/adapter";
import { POLICIES } from "./pack/all-policies";
import { deserializeOnce } from "./pack/deserialize-once";
import { engineSurroundings } from "./pack/surroundings";

deserializeOnce();

// Constructing the pack starts its server, so nothing but the Pulumi engine may load this file.
new PolicyPack("security-stack", {
  policies: POLICIES.map((policy) => toPulumiPolicy(policy, engineSurroundings)),
});
