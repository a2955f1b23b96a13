import { spawnSync } from "node:child_process";
import { kindOf, policyObjects } from "../../../components/gatekeeper/constraints";
import { gatekeeperSchema } from "../../../components/gatekeeper/gatekeeper-schema";
import type { RuleName } from "../../../components/kubernetes/admission-rules";
import { ensureTools } from "../../../tools/dev/toolchain/ensure";
import { ALLOWED } from "./samples";

interface Result {
  constraint: { kind: string };
  violatingObject: { metadata: { name: string } };
}

interface Named {
  metadata: { name: string };
}

/** Which of the objects Gatekeeper's command line refuses by the rule's template and constraint. */
export async function judgeByGator(rule: RuleName, objects: readonly Named[]): Promise<boolean[]> {
  const { gator } = await ensureTools(["gator"]);
  const config = gatekeeperSchema.parse({ stage: "deny" });
  const scope = { ...ALLOWED, off: [], excludeNamespaces: [] };
  // Without what the plan says of the order.
  const policies = policyObjects(config, scope, [])
    .filter(({ kind }) => /^(ConstraintTemplate|SecurityStack)/.test(kind))
    .map(({ after: _, provides: __, ...object }) => object);
  const documents = [...policies, ...objects].map((one) => JSON.stringify(one)).join("\n---\n");
  const { stdout, stderr } = spawnSync(gator, ["test", "--output=json"], {
    input: documents,
    encoding: "utf8",
  });
  // Its exit code is 1 where anything is denied, and where it fails.
  if (!stdout.trim().startsWith("[")) throw new Error(`gator: ${stdout}${stderr}`);
  const denied = (JSON.parse(stdout) as Result[])
    .filter(({ constraint }) => constraint.kind === kindOf(rule))
    .map(({ violatingObject }) => violatingObject.metadata.name);
  return objects.map(({ metadata }) => denied.includes(metadata.name));
}
