import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "./components/config/errors";
import { loadFromEngine, readSecrets } from "./components/config/load";
import { parseConfig } from "./components/config/parse";
import { plan as makePlan } from "./components/plan";
import { FEATURES } from "./components/registry";
import { SecurityStack, stackOutputs } from "./components/stack";

function deploy(): Record<string, pulumi.Input<unknown>> {
  const raw = loadFromEngine();
  const plan = makePlan(parseConfig(raw, FEATURES));
  const stack = new SecurityStack("security-stack", {
    plan,
    registry: FEATURES,
    secrets: readSecrets(raw),
    renderToDirectory: process.env["SECURITY_STACK_RENDER_DIRECTORY"],
  });
  return stackOutputs(stack, plan);
}

export = async () => {
  try {
    return deploy();
  } catch (error) {
    throw error instanceof ConfigError ? withoutStack(new pulumi.RunError(error.message)) : error;
  }
};

/**
 * The language host shows a RunError's message only, and yet has `util.inspect` format all that hangs on an error that
 * has a stack: some 15 s here (@pulumi/pulumi 3.248, cmd/run/error.ts, defaultErrorMessage).
 */
function withoutStack(error: pulumi.RunError): pulumi.RunError {
  error.stack = "";
  return error;
}
