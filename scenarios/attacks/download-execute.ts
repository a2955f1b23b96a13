import { defineScenario, type Query } from "../model/scenario-schema";
import download from "../queries/download.tetragon.json";
import dropAlert from "../queries/downloaded.falco.json";
import dropMatch from "../queries/downloaded-match.tetragon.json";
import start from "../queries/downloaded-start.tetragon.json";

const FILE = "/tmp/ctem-tool";
const SERVED = "/usr/share/nginx/html/ctem-tool";
const SCRIPT =
  `curl --silent --fail --max-time 10 --output ${FILE} http://{address of target-nginx}/ctem-tool` +
  ` && chmod +x ${FILE} && ${FILE} --version`;

export const downloadExecute = defineScenario({
  id: "download-execute",
  title: "A program is downloaded, made executable and run",
  stage: "validation",
  techniques: ["T1204"],
  simulates: ["T1105"],
  danger: "simulated",
  proves: "The usual second stage of a break-in is seen at each of its steps: fetched, then started.",
  pods: ["attacker", "target-nginx"],
  steps: [
    {
      do: "exec",
      pod: "target-nginx",
      command: ["cp", "/sbin/ldconfig", SERVED],
      why: "Something to download that runs in any image: Debian links ldconfig statically, and it only tells its version.",
    },
    {
      do: "exec",
      pod: "attacker",
      command: ["sh", "-c", SCRIPT],
      why: "By address, since the pod may not ask the DNS; the network policy lets it through to that port.",
    },
  ],
  cleanup: [
    { do: "exec", pod: "attacker", command: ["rm", "-f", FILE], why: "Nothing stays behind." },
    { do: "exec", pod: "target-nginx", command: ["rm", "-f", SERVED], why: "Nothing stays behind." },
  ],
  expectations: [
    {
      tool: "tetragon",
      what: "start of curl",
      query: download as Query,
      fields: { "event.severity": 2, "container.id": { exists: true } },
    },
    {
      tool: "tetragon",
      what: "policy match: started from /tmp",
      query: dropMatch as Query,
      fields: { "threat.technique.id": "T1204", "event.severity": 4 },
    },
    {
      tool: "tetragon",
      what: "start of the program",
      query: start as Query,
      fields: { "event.severity": 2, "container.id": { exists: true } },
    },
    {
      tool: "falco",
      what: "alert: dropped program",
      query: dropAlert as Query,
      fields: { "falco.tags": "TA0003", "event.severity": 4 },
    },
  ],
  chains: [
    { rule: "download-execute", pod: "attacker", takes: ["tetragon: process-exec"] },
    {
      rule: "two-sensors",
      pod: "attacker",
      technique: "T1059.004",
      takes: ["falco: Shell without terminal started in container", "tetragon: process-exec"],
    },
    {
      rule: "vulnerable-workload",
      pod: "attacker",
      takes: ["falco: Drop and execute new binary in container"],
      whereVulnerable: true,
    },
  ],
});
