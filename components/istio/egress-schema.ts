import { z } from "zod";
import { cidr } from "../core/config/networks";
import { dnsLabel, dnsSubdomain, tcpPort, unique } from "../core/config/value-schemas";

const HOST = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/;

/** One host outside of the cluster. */
const host = z
  .string()
  .max(253)
  .refine((name) => !name.includes("*"), {
    message:
      "one host by its whole name: a wildcard would take in what nobody listed, and of all but TLS Istio can't tell the host",
    abort: true,
  })
  .refine((name) => !/^[\d.:]+(\/\d+)?$/.test(name), {
    message:
      "a host's name: an address says nothing of who answers there, and needs no proxy but a NetworkPolicy",
    abort: true,
  })
  .regex(HOST, "a host's name in lower case, such as api.example.com")
  .refine((name) => !/\.(svc|local|localhost|internal)$|\.svc\./.test(name), {
    message: "a host outside of the cluster: its own Services need no ServiceEntry",
  });

const portSchema = z.strictObject({
  number: tcpPort
    .refine(
      (port) => port < 15_000 || port > 15_099,
      "a port that is not one of Istio's own (15000 to 15099)",
    )
    .default(443)
    .describe("TCP port of the host."),
  protocol: z
    .enum(["TLS", "HTTP", "TCP"])
    .default("TLS")
    .describe("What is spoken there. With `TLS` the proxy sees the host's name and nothing else."),
});

export const clientSchema = z.strictObject({
  namespace: dnsLabel.describe("A namespace of the mesh."),
  serviceAccount: dnsSubdomain
    .optional()
    .describe("The ServiceAccount of its pods that may; all pods of the namespace without it."),
});

const hostSchema = z.strictObject({
  host: host.describe("Name of the host, without wildcard."),
  ports: z
    .array(portSchema)
    .min(1)
    .superRefine((ports, context) => {
      ports.forEach(({ number }, index) => {
        if (ports.findIndex((other) => other.number === number) !== index)
          context.addIssue({ code: "custom", path: [index, "number"], message: "each port once" });
      });
    })
    .prefault([{}])
    .describe("Its ports."),
  resolution: z
    .enum(["DNS", "DNS_ROUND_ROBIN"])
    .default("DNS")
    .describe(
      "How the proxy finds its addresses: `DNS` uses all of an answer, `DNS_ROUND_ROBIN` the first, for hosts with very many. Istio's `NONE` would let the client choose the address.",
    ),
  from: unique(clientSchema).min(1).describe("Who may reach it."),
});

export const egressSchema = z.strictObject({
  hosts: z
    .array(hostSchema)
    .default([])
    .superRefine((hosts, context) => {
      hosts.forEach(({ host: name }, index) => {
        if (hosts.findIndex((other) => other.host === name) !== index)
          context.addIssue({ code: "custom", path: [index, "host"], message: "each host once" });
      });
    })
    .describe(
      "Hosts that pods of the mesh may reach, through the proxy of `istio-egress`. Without one there is no proxy.",
    ),
  gatewayKinds: z
    .boolean()
    .default(true)
    .describe(
      "Whether the stack brings the kinds Gateway and GatewayClass of Gateway API; `false` where the cluster has them.",
    ),
  networks: unique(cidr)
    .min(1)
    .default(["0.0.0.0/0", "::/0"])
    .describe(
      "Networks that the proxy may reach, at the ports of `hosts`. Of `0.0.0.0/0` and `::/0` private and link-local ones are left out, such as a cloud's metadata: name those that a host is in.",
    ),
});

export type MeshClient = z.output<typeof clientSchema>;
export type EgressConfig = z.output<typeof egressSchema>;
export type EgressHost = EgressConfig["hosts"][number];
