import type {
  PolicyConfigSchema,
  PolicyResource,
  ReportViolation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { toAwsObject } from "../aws/aws-object";
import { addressOf, type KubernetesObject, toKubernetesObject } from "../kubernetes/object";
import { isUnknownValue } from "../kubernetes/unknown";
import {
  type AwsPolicy,
  configDefaults,
  type Finding,
  type Policy,
  type ResourcePolicy,
  type Stack,
  type StackPolicy,
  type StackReport,
} from "./policy";
import { findWaiver, WAIVERS_KEY, WAIVERS_SCHEMA, type Waiver } from "./waivers";

/** What a pack's process knows besides the resources. */
export interface Surroundings {
  /** YYYY-MM-DD, in UTC. */
  today(): string;
  stackConfig(): Stack["config"];
  /** Whose levels hold and why; undefined where Pulumi was given a config file by hand. */
  levels(): string | undefined;
}

/** A policy in the form that Pulumi runs. */
export function toPulumiPolicy(
  policy: Policy,
  surroundings: Surroundings,
): ResourceValidationPolicy | StackValidationPolicy {
  if ("checkStack" in policy) return toStackPolicy(policy, surroundings);
  return "checkAws" in policy ? toAwsPolicy(policy, surroundings) : toResourcePolicy(policy, surroundings);
}

function toAwsPolicy(policy: AwsPolicy, surroundings: Surroundings): ResourceValidationPolicy {
  return {
    ...metadata(policy),
    validateResource: (args, reportViolation) => {
      const resource = toAwsObject(args);
      if (!resource) return;
      const reporter = new Reporter(policy, args.getConfig(), reportViolation, surroundings);
      reporter.run(() => policy.checkAws(resource, reporter.about(resource), reporter.config), resource);
    },
  };
}

function toResourcePolicy(policy: ResourcePolicy, surroundings: Surroundings): ResourceValidationPolicy {
  const { remediate } = policy;
  return {
    ...metadata(policy),
    validateResource: (args, reportViolation) => {
      const object = toKubernetesObject(args);
      if (!object) return;
      const reporter = new Reporter(policy, args.getConfig(), reportViolation, surroundings);
      reporter.run(() => policy.check(object, reporter.about(object), reporter.config), object);
    },
    ...(remediate
      ? {
          remediateResource: (args: ResourceValidationArgs) => {
            const object = toKubernetesObject(args);
            const config = { ...configDefaults(policy), ...args.getConfig() };
            return object && corrects(() => remediate(object, config)) ? args.props : undefined;
          },
        }
      : {}),
  };
}

/** A correction that stumbles corrects nothing; the check, which comes next, says what is wrong. */
function corrects(remediate: () => boolean): boolean {
  try {
    return remediate();
  } catch (error) {
    if (isUnknownValue(error)) throw error;
    return false;
  }
}

function toStackPolicy(policy: StackPolicy, surroundings: Surroundings): StackValidationPolicy {
  return {
    ...metadata(policy),
    validateStack: (args, reportViolation) => {
      const objects = args.resources.flatMap(
        (resource: PolicyResource) => toKubernetesObject(resource) ?? [],
      );
      // The engine hands them over in any order.
      objects.sort((a, b) => (a.urn < b.urn ? -1 : 1));
      const stack = { objects, config: surroundings.stackConfig() };
      const reporter = new Reporter(policy, args.getConfig(), reportViolation, surroundings);
      reporter.run(() => policy.checkStack(stack, reporter.about(undefined), reporter.config), undefined);
    },
  };
}

function metadata(policy: Policy) {
  const { nist, iso, cis } = policy.frameworks;
  const configSchema: PolicyConfigSchema = {
    properties: { ...policy.config, [WAIVERS_KEY]: WAIVERS_SCHEMA },
  };
  return {
    name: policy.name,
    description: policy.rule,
    enforcementLevel: policy.level,
    severity: policy.severity,
    // Pulumi takes one framework per policy; the others go into the tags.
    framework: {
      name: "NIST Cybersecurity Framework",
      version: "2.0",
      reference: nist.join(", "),
      specification: policy.rule,
    },
    tags: [...iso.map((id) => `ISO 27001:2022 ${id}`), ...cis.map((id) => `CIS Kubernetes 1.12 ${id}`)],
    remediationSteps: policy.fix,
    configSchema,
  };
}

/** What a report names. */
type Named = Pick<KubernetesObject, "urn" | "kind" | "name" | "namespace">;

/** Turns findings into Pulumi's violations, and sees to waivers, unknown values and failures of the policy itself. */
class Reporter {
  readonly config: object;
  private readonly waivers: readonly Waiver[];

  constructor(
    private readonly policy: Policy,
    given: Record<string, unknown>,
    private readonly reportViolation: ReportViolation,
    private readonly surroundings: Surroundings,
  ) {
    const { [WAIVERS_KEY]: waivers = [], ...config } = given;
    this.waivers = waivers as Waiver[];
    this.config = { ...configDefaults(policy), ...config };
  }

  /** The report as a check sees it; `resource` where it judges one. */
  about(resource: Named | undefined): StackReport {
    return {
      violation: (finding, object) => this.violation(finding, object ?? resource),
      notChecked: (why, object) => this.notChecked(why, object ?? resource),
      each: (items, check) => {
        for (const item of items) this.run(() => check(item), resource);
      },
    };
  }

  /** A check that stumbles is reported, never thrown: the engine would end the whole preview without a reason. */
  run(check: () => void, object: Named | undefined): void {
    try {
      check();
    } catch (error) {
      if (isUnknownValue(error)) this.notChecked(error.message, object);
      else this.failed(error, object);
    }
  }

  private violation(finding: Finding, object: Named | undefined): void {
    const resource = object ? addressOf(object) : "stack";
    const message = this.describe(finding, object);
    const found = findWaiver(this.waivers, resource, this.surroundings.today());
    if (!found) {
      this.reportViolation(message, object?.urn);
      return;
    }
    const { owner, expires, reason } = found.waiver;
    if (found.expired)
      this.reportViolation(
        `${message}\n  waiver:  of ${owner}, expired on ${expires}: ${reason}`,
        object?.urn,
      );
    else this.advise(`waived until ${expires} by ${owner}: ${reason}\n${message}`, object);
  }

  private notChecked(why: string, object: Named | undefined): void {
    this.advise(`not checked: ${object ? `${addressOf(object)}: ` : ""}${why}`, object);
  }

  private failed(error: unknown, object: Named | undefined): void {
    const found = `the policy could not read the resource: ${error instanceof Error ? error.message : error}`;
    this.violation({ found, allowed: "a resource of the shape that its kind has" }, object);
  }

  private describe(finding: Finding, object: Named | undefined): string {
    const subject = [object ? addressOf(object) : "the stack", finding.where].filter(Boolean).join(", ");
    const fix = finding.fix ?? this.policy.fix;
    const levels = this.surroundings.levels();
    const why = levels === undefined ? "" : `\n  levels:  of ${levels}`;
    return `${subject}\n  found:   ${finding.found}\n  allowed: ${finding.allowed}\n  fix:     ${fix}${why}`;
  }

  // The object form sets the level of a single message; it is there for the Pulumi service and left out of the
  // types (pulumi/pulumi-policy pull request 424), so a test in the real engine holds it.
  private advise(message: string, object: Named | undefined): void {
    const { name, rule, severity } = this.policy;
    const advice = {
      name,
      description: rule,
      message: `${rule}\n${message}`,
      enforcementLevel: "advisory",
      severity,
      urn: object?.urn,
    };
    (this.reportViolation as unknown as (advice: object) => void)(advice);
  }
}
