import { isIP } from "node:net";
import { z } from "zod";
import { cidr } from "../core/config/networks";
import { dnsSubdomain, tcpPort, unique } from "../core/config/value-schemas";
import { parseMetric } from "./hubble-metrics";
import { hubble } from "./hubble-schema";

/** IPv4: Cilium's strict mode and the pools of its operator here are for that family. */
const ipv4Network = cidr.refine((text) => isIP(text.split("/")[0]!) === 4, "an IPv4 network");

const podNetwork = ipv4Network.refine(
  (text) => Number(text.split("/")[1]) <= 24,
  "an IPv4 network of /24 or larger: each node takes a /24 of it",
);

const apiServer = z
  .strictObject({
    host: z
      .string()
      .regex(
        /^[a-zA-Z0-9]([a-zA-Z0-9.:-]*[a-zA-Z0-9])?$/,
        "a host name or an address, without scheme and port",
      )
      .describe(
        "Its address as every node reaches it, without scheme and port: not that of the Service `kubernetes`, which there is no one to route to before the agents run.",
      ),
    port: tcpPort.default(443).describe("Its port."),
  })
  .describe(
    "Where the agents find the API server. Needed with `kubeProxyReplacement`, but where the stack makes the cluster (`global.cluster: eks`) and knows it.",
  );

const strictMode = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        "Drop traffic of pods that would leave a node in clear, instead of sending it before the other node's key is known. Traffic of and to addresses of nodes stays clear.",
      ),
    cidr: ipv4Network
      .optional()
      .describe("The pods' network, IPv4. Taken from `podCidrs` in mode `overlay` where there is one."),
    ingress: z
      .boolean()
      .default(false)
      .describe("Drop also what arrives from pods of other nodes in clear. Not in mode `chaining`."),
  })
  .prefault({})
  .describe("What happens to traffic between pods of two nodes that is not encrypted.");

const encryption = z
  .strictObject({
    type: z
      .enum(["none", "wireguard", "ipsec"])
      .default("none")
      .describe(
        "What encrypts traffic of a pod to a pod of another node. Traffic within a node, of hosts and of pods on the host's network stays clear.",
      ),
    strictMode,
    ipsecSecretName: dnsSubdomain
      .default("cilium-ipsec-keys")
      .describe(
        "Secret with the key `keys` of `ipsec`, which you make in `global.namespace` and whose key you rotate (docs/zero-trust.md).",
      ),
  })
  .prefault({})
  .describe("Encryption between nodes.");

/** `features[].config` of Cilium. */
export const ciliumSchema = z
  .strictObject({
    mode: z
      .enum(["overlay", "eni", "chaining"])
      .default("overlay")
      .describe(
        "Who gives pods their addresses: `overlay` Cilium from `podCidrs`, with a VXLAN tunnel between nodes; `eni` Cilium from AWS's network interfaces; `chaining` the AWS VPC CNI, behind which Cilium does policy, encryption and Hubble.",
      ),
    podCidrs: unique(podNetwork)
      .min(1)
      .default(["10.244.0.0/16"])
      .describe(
        "Networks that pods get addresses from in mode `overlay`; each node takes a /24. They must not overlap with those of nodes and Services.",
      ),
    masquerade: z
      .boolean()
      .optional()
      .describe(
        "Whether what pods send out of the cluster has the address of their node. Default: yes in mode `overlay`, no in the others, where AWS routes the pods' addresses.",
      ),
    kubeProxyReplacement: z
      .boolean()
      .default(false)
      .describe(
        "Have Cilium do what kube-proxy does. kube-proxy has to go then: both at once break Services. Cilium recommends to keep it beside a service mesh.",
      ),
    apiServer: apiServer.optional(),
    encryption,
    hubble,
    prometheus: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe(
            "Metrics of agents (9962) and operator (9963). They are on the nodes' network, where no NetworkPolicy holds, and ask for no password, as do Hubble's (9965).",
          ),
      })
      .prefault({})
      .describe("Cilium's own metrics."),
    protect: z
      .boolean()
      .default(true)
      .describe(
        "Refuse to remove Cilium and the definitions of its policies, whoever switches it off: no pod would have a network. Set it to false, update, then switch Cilium off.",
      ),
  })
  .superRefine((config, context) => {
    for (const { path, message } of problems(config)) context.addIssue({ code: "custom", path, message });
  });

export type CiliumConfig = z.output<typeof ciliumSchema>;

interface Problem {
  path: (string | number)[];
  message: string;
}

function problems(config: CiliumConfig): Problem[] {
  return [...ofMode(config), ...ofStrictMode(config), ...ofHubble(config)];
}

function ofMode({ mode, masquerade, encryption }: CiliumConfig): Problem[] {
  const found: Problem[] = [];
  if (mode === "chaining" && masquerade === true)
    found.push({
      path: ["masquerade"],
      message: "false in mode `chaining`: the VPC CNI does it (AWS_VPC_K8S_CNI_EXTERNALSNAT)",
    });
  // cilium/cilium issue 15596.
  if (mode === "chaining" && encryption.type === "ipsec")
    found.push({ path: ["encryption", "type"], message: "`wireguard` or `none` in mode `chaining`" });
  if (mode === "eni" && masquerade === true && encryption.strictMode.enabled)
    found.push({
      path: ["masquerade"],
      message:
        "false in mode `eni` with `encryption.strictMode`: pods and nodes share a network there, and strict mode lets what has a node's address pass in clear",
    });
  return found;
}

function ofStrictMode({ mode, podCidrs, encryption: { type, strictMode } }: CiliumConfig): Problem[] {
  const path = (key: string) => ["encryption", "strictMode", key];
  const found: Problem[] = [];
  if (strictMode.enabled && type !== "wireguard")
    found.push({ path: path("enabled"), message: "false, or `encryption.type: wireguard`" });
  if (strictMode.enabled && strictMode.cidr === undefined && (mode !== "overlay" || podCidrs.length > 1))
    found.push({ path: path("cidr"), message: "the one network that all pods have their addresses from" });
  if (strictMode.ingress && (!strictMode.enabled || mode === "chaining"))
    found.push({ path: path("ingress"), message: "false without `enabled`, and in mode `chaining`" });
  return found;
}

function ofHubble({ hubble }: CiliumConfig): Problem[] {
  const allowed: readonly string[] = hubble.metricLabels;
  const ofMetrics = hubble.metrics.flatMap((text, index) => {
    const metric = parseMetric(text);
    const others =
      typeof metric === "string" ? [] : metric.labels.filter((label) => !isAllowed(label, allowed));
    if (others.length === 0) return [];
    const message = `a metric without ${others.join(", ")}, or these in \`metricLabels\`: each pod, address or name has time series of its own then`;
    return [{ path: ["hubble", "metrics", index], message }];
  });
  const ui = hubble.ui && !hubble.relay;
  return [...ofMetrics, ...(ui ? [{ path: ["hubble", "ui"], message: "false without `relay`" }] : [])];
}

/** Names outside and identities are no labels of the list: there are as many as of addresses. */
function isAllowed(label: string, allowed: readonly string[]): boolean {
  return allowed.includes(label.replace(/_(dns|identity)$/, "_ip"));
}
