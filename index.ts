import type * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "./components/config/errors";
import { loadFromEngine, readSecrets } from "./components/config/load";
import { parseConfig } from "./components/config/parse";
import { plan as makePlan } from "./components/plan";
import { FEATURES } from "./components/registry";
import { shownError } from "./components/shown-error";
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
    throw error instanceof ConfigError ? shownError(error.message) : error;
  }
};
