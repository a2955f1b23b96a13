import { type AuditRule, WORKLOADS } from "../audit-rule";
import { WORKLOAD_CONTROLLERS } from "../trusted";

/** An image that has the name of a program that mines. */
export const minerImage: AuditRule = {
  name: "miner-image",
  severity: 4,
  techniques: ["T1496.001", "T1610"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: WORKLOADS,
    except: WORKLOAD_CONTROLLERS,
    body: [
      '"image":"[^"]*(xmrig|xmr-stak|monero|minerd|cpuminer|ethminer|nbminer|t-rex-miner|phoenixminer|lolminer|kryptex)',
    ],
  },
};
