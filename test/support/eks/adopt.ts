import { adoptCluster } from "../../../tools/cli/adopt-cluster";
import { settingsOf } from "../../../tools/cli/stack-file";
import type { EksStack } from "../../rigs/eks/eks-stack";

/**
 * What `npm run cluster:adopt` does, after an update that was killed; the next is then one of a user, who has no more than that.
 * @returns ids of what is in the state now
 */
export async function adopt(stack: EksStack): Promise<string[]> {
  const { eks, global } = settingsOf(stack.configFile).envelope;
  if (!eks) throw new Error("the stack makes no cluster");
  const adopted = await adoptCluster(
    eks,
    global.clusterName,
    (args) => stack.pulumi(args),
    stack.environment,
  );
  stack.forgetKill();
  return adopted;
}
