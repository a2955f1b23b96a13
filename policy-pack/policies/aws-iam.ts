import { allowedBy } from "../aws/policy-document";
import { at, listAt, shown, textAt, textsAt } from "../kubernetes/read";
import type { AwsPolicy } from "../pack/policy";

/** Policies of AWS that are all rights, or lead to them (IAM user guide, AWS managed policies for job functions). */
const ALL_RIGHTS = /:policy\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/;

export const awsIam: AwsPolicy = {
  name: "aws-iam",
  rule: "No role gets all actions of a service, none can be taken by everyone.",
  severity: "critical",
  level: "mandatory",
  frameworks: { nist: ["PR.AA-05"], iso: ["5.15", "8.2"], cis: [] },
  fix: "name the actions and the principals that are needed",
  needsPulumi: true,
  checkAws({ props }, report) {
    const documents = [
      at(props, "policy"),
      ...listAt(props, "inlinePolicies").map((one) => at(one, "policy")),
    ];
    report.each(documents.filter(Boolean), (document) => {
      for (const { actions, isInverted } of allowedBy(document)) {
        if (isInverted)
          report.violation({ where: "policy", found: "NotAction in what is allowed", allowed: "Action" });
        for (const action of actions.filter((one) => /^(\*|[\w-]+:\*)$/.test(one)))
          report.violation({ where: "policy", found: `the action ${action}`, allowed: "actions by name" });
      }
    });
    for (const { principal, hasCondition } of allowedBy(at(props, "assumeRolePolicy")))
      if (!hasCondition && (principal === "*" || at(principal, "AWS") === "*"))
        report.violation({
          where: "assumeRolePolicy",
          found: `the principal ${shown(principal)}`,
          allowed: "accounts, roles or services by name",
        });
    const attached = [textAt(props, "policyArn"), ...textsAt(props, "managedPolicyArns")];
    for (const arn of attached.filter((one) => one !== undefined && ALL_RIGHTS.test(one)))
      report.violation({ where: "policyArn", found: `${arn}`, allowed: "a policy for what it does" });
  },
};
