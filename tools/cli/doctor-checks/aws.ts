import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Eks } from "../../../components/core/config/eks-schema";
import { partitionOf } from "../../../components/core/tables/eks";
import { type Check, fail, ok } from "./finding";

const run = promisify(execFile);

const TIMEOUT_MS = 30_000;

/** What the AWS CLI says of whoever it runs as. */
interface Caller {
  Account: string;
  Arn: string;
}

/**
 * Whether this machine has the AWS CLI, which the cluster's kubeconfig asks for tokens, and credentials of an administrator of
 * the account that a stack makes its cluster in. It reads, of STS, who asks.
 */
export async function checkAws(eks: Eks, environment: NodeJS.ProcessEnv = process.env): Promise<Check> {
  const profile = eks.profile === undefined ? [] : ["--profile", eks.profile];
  const args = ["sts", "get-caller-identity", "--output", "json", "--region", eks.region, ...profile];
  try {
    const { stdout } = await run("aws", args, { env: environment, timeout: TIMEOUT_MS });
    return judge(JSON.parse(stdout) as Caller, eks);
  } catch (error) {
    return reasonOf(error as NodeJS.ErrnoException & { stderr?: string; killed?: boolean }, eks);
  }
}

function judge({ Account, Arn }: Caller, { accountId, admins, assumeRole, region }: Eks): Check {
  // A role of another account may be assumed from here.
  if (assumeRole !== undefined) return ok("AWS", `Credentials of ${Arn}, which assumes ${assumeRole}.`);
  if (Account !== accountId)
    return fail(
      "AWS",
      `The credentials are of the account ${Account}, the stack's is ${accountId}.`,
      "Log in to the other account, name a profile in eks.profile or a role in eks.assumeRole.",
    );
  const principal = principalOf(Arn, partitionOf(region), accountId);
  if (admins.includes(principal)) return ok("AWS", `Credentials of ${principal}.`);
  return fail(
    "AWS",
    `The credentials are of ${principal}, which is none of eks.admins: it could make the cluster, and not get in.`,
    `Add it to eks.admins, or log in as one of them.`,
  );
}

/** The role behind a session, which access entries are for; a role's path is not in the session's ARN. */
function principalOf(arn: string, partition: string, account: string): string {
  const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  return role === undefined ? arn : `arn:${partition}:iam::${account}:role/${role}`;
}

function reasonOf(
  { code, stderr = "", killed, message }: NodeJS.ErrnoException & { stderr?: string; killed?: boolean },
  { profile, region }: Eks,
): Check {
  if (code === "ENOENT")
    return fail(
      "AWS",
      "There is no AWS CLI, which the cluster's kubeconfig asks for tokens.",
      "Install version 2 of it: docs.aws.amazon.com/cli.",
    );
  if (killed)
    return fail(
      "AWS",
      `AWS did not answer in ${TIMEOUT_MS / 1000} s.`,
      "See that this machine reaches it, through HTTPS_PROXY if need be.",
    );
  if (/Unable to locate credentials|could not be found|NoCredentials/i.test(stderr))
    return fail(
      "AWS",
      profile === undefined
        ? "There are no AWS credentials."
        : `The AWS configuration has no profile "${profile}" with credentials.`,
      "`aws configure sso` or `aws login` get some; a preview needs them too.",
    );
  if (/expired|InvalidClientTokenId|UnrecognizedClient/i.test(stderr))
    return fail(
      "AWS",
      "The AWS credentials are no longer valid.",
      // A region that has to be enabled first knows no credentials until it is (IAM user guide, regions and STS).
      `Log in again, for instance with \`aws sso login\`; where they work elsewhere, ${region} may have to be enabled for the account: \`aws account enable-region --region-name ${region}\`.`,
    );
  // botocore's words where the name of the region's endpoint leads nowhere.
  if (/Could not connect to the endpoint URL/i.test(stderr))
    return fail(
      "AWS",
      `AWS does not answer in ${region}.`,
      "See that eks.region is a region (`aws ec2 describe-regions --region us-east-1 --query 'Regions[].RegionName'`), and that this machine reaches it, through HTTPS_PROXY if need be.",
    );
  const [line = message] = stderr.trim().split("\n").reverse();
  return fail("AWS", `AWS does not say who asks: ${line}.`, "`aws sts get-caller-identity` has to work.");
}
