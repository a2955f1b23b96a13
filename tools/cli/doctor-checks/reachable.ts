import type { Eks } from "../../../components/core/config/eks-schema";
import { Fault } from "../../dev/cluster/fault";
import { checkAws } from "./aws";
import { unreachable } from "./cluster";
import type { Check } from "./finding";
import { userTarget } from "./target";

/**
 * Asks the cluster of the user's kubeconfig for its version, before Pulumi has every resource fail with the same error.
 * @throws Fault when it can't be reached or does not accept the credentials.
 */
export async function requireCluster(context: string | undefined): Promise<void> {
  const target = await userTarget(context);
  if (!("api" in target)) throw asFault(target);
  try {
    await target.api.get("/version");
  } catch (error) {
    throw asFault(unreachable(target, error));
  } finally {
    target.api.close();
  }
}

/**
 * Asks AWS who asks, before Pulumi has every resource fail with the same error.
 * @throws Fault without the AWS CLI, without credentials, or with those of whom the cluster would not let in
 */
export async function requireAws(eks: Eks): Promise<void> {
  const check = await checkAws(eks);
  if (check.level === "fail") throw asFault(check);
}

function asFault({ message, fix }: Check): Fault {
  return new Fault(message, { fix: [fix, "`npm run doctor` tells more."].filter(Boolean).join(" ") });
}
