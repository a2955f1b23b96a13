import { ADMIN } from "./world";

/** A mistake in the lines of one scenario, and what the runner has to say then. */
interface Mistake {
  what: string;
  from: string;
  to: string;
  says: RegExp;
}

const anotherUser: Mistake = {
  what: "another user",
  from: `"username":"${ADMIN}"`,
  to: '"username":"someone-else"',
  says: /user\.name is "someone-else", expected "security-stack-admin"/,
};
const anotherObject = (name: string): Mistake => ({
  what: "another object",
  from: `"name":"${name}"`,
  to: '"name":"other"',
  says: new RegExp(`all but term orchestrator\\.resource\\.name "${name}": there it is .*"other"`),
});
const anotherContent = (what: string, from: string, to: string, rule: string): Mistake => ({
  ...{ what, from, to },
  says: new RegExp(`all but term k8s_audit\\.rules "${rule}": there it is`),
});

/** A mistake for each scenario that attacks the API. */
export const MISTAKES: Readonly<Record<string, Mistake>> = {
  "api-anonymous": {
    ...anotherContent("no anonymous user", "system:anonymous", "jane", "anonymous-binding"),
  },
  "api-impersonation": anotherUser,
  "api-new-account": anotherObject("ctem-backdoor"),
  "api-rights": anotherContent("a harmless role", '"verbs":["*"]', '"verbs":["get"]', "wildcard-role"),
  "api-certificate": anotherContent("a read", '"verb":"update"', '"verb":"get"', "certificate-approved"),
  "api-permissions": anotherUser,
  "api-token": anotherObject("default"),
  "api-token-used": {
    what: "the token of a pod",
    from: '"authentication.kubernetes.io/credential-id":[',
    to: '"authentication.kubernetes.io/pod-name":["web-0"],"authentication.kubernetes.io/credential-id":[',
    says: /all but term k8s_audit\.rules "service-account-outside-pod": there it is/,
  },
  "api-secrets": anotherUser,
  "api-discovery": anotherUser,
  "api-guessing": {
    what: "another answer",
    from: '"code":401',
    to: '"code":404',
    says: /all but terms http\.response\.status_code \[401\]: there it is \d+/,
  },
  "api-exec": anotherUser,
  "api-pod": anotherContent("another image", "/xmrig:1", "/web:1", "miner-image"),
  "api-escape": anotherContent(
    "no privilege",
    '"privileged":true',
    '"privileged":false',
    "privileged-workload",
  ),
  "api-cronjob": anotherUser,
  "api-daemonset": anotherObject("ctem-everywhere"),
  "api-admission": anotherContent("a read", '"verb":"delete"', '"verb":"get"', "admission-changed"),
  "api-cover-tracks": anotherContent(
    "a read",
    '"verb":"deletecollection"',
    '"verb":"list"',
    "events-deleted",
  ),
  "api-destroy": anotherObject("ctem-doomed"),
  "api-backups": anotherUser,
  "api-flood": anotherUser,
  "api-proxy-scan": anotherUser,
  "api-masquerade": anotherContent(
    "another place",
    '"namespace":"ctem-test"',
    '"namespace":"kube-system"',
    "system-name",
  ),
};
