import { type AuditRule, CONTAINERS } from "../audit-rule";
import { WORKLOAD_CONTROLLERS } from "../trusted";

/** An image from a registry that has an address instead of a name, or that keeps images of anyone for hours. */
export const throwawayRegistry: AuditRule = {
  name: "throwaway-registry",
  severity: 3,
  techniques: ["T1204.003", "T1610"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: CONTAINERS,
    except: WORKLOAD_CONTROLLERS,
    body: [
      // Loopback is the node's own mirror.
      '"image":"(([02-9]\\d*|1|1[013-9]\\d*|12|12[0-689])(\\.\\d+){3}(:\\d+)?|ttl\\.sh|[a-z0-9.-]+\\.(ngrok\\.(io|app)|ngrok-free\\.app|trycloudflare\\.com))/',
    ],
  },
};
