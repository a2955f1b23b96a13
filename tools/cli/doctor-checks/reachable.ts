import { Fault } from "../../dev/cluster/fault";
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

function asFault({ message, fix }: Check): Fault {
  return new Fault(message, { fix: [fix, "`npm run doctor` tells more."].filter(Boolean).join(" ") });
}
