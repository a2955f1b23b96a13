import assert from "node:assert/strict";
import { AwsRefusal } from "../rigs/eks/account";
import { EksStack } from "../rigs/eks/eks-stack";

/** What AWS refuses at which call, in the order in which they come: what is refused is not reached by the one before. */
const REFUSALS: [string, string, AwsRefusal, RegExp][] = [
  [
    "the role lacks a right of IAM",
    "CreateRole",
    new AwsRefusal(403, "AccessDenied", "User: platform is not authorized to perform: iam:CreateRole"),
    /AccessDenied: User: platform is not authorized to perform: iam:CreateRole/,
  ],
  [
    "a quota of EC2 is used up",
    "CreateInternetGateway",
    new AwsRefusal(
      400,
      "InternetGatewayLimitExceeded",
      "The maximum number of internet gateways has been reached.",
    ),
    /InternetGatewayLimitExceeded: The maximum number of internet gateways has been reached/,
  ],
  [
    "the role lacks a right of EKS",
    "CreateCluster",
    new AwsRefusal(403, "AccessDeniedException", "User: platform may not perform: eks:CreateCluster"),
    /AccessDeniedException: User: platform may not perform: eks:CreateCluster/,
  ],
  [
    "a quota of EKS is used up",
    "CreateCluster",
    new AwsRefusal(400, "ResourceLimitExceededException", "You've reached your limit of clusters."),
    /ResourceLimitExceededException: You've reached your limit of clusters/,
  ],
];

/** What AWS answers twice at these calls before it carries them out: EC2, IAM and EKS each have words of their own for it. */
const THROTTLED: Record<string, AwsRefusal> = {
  CreateVpc: new AwsRefusal(503, "RequestLimitExceeded", "Request limit exceeded."),
  AttachRolePolicy: new AwsRefusal(400, "Throttling", "Rate exceeded"),
  DescribeCluster: new AwsRefusal(429, "TooManyRequestsException", "Rate exceeded"),
  CreateAddon: new AwsRefusal(503, "ServiceUnavailableException", "The service is unavailable."),
  CreateNodegroup: new AwsRefusal(429, "TooManyRequestsException", "Rate exceeded"),
};

describe("what AWS refuses while an EKS cluster is made, on a stand-in of the EKS API", function () {
  this.timeout(300_000);
  this.bail(true);
  let stack: EksStack;
  const standIn = () => stack.account.standIn;
  const left = new Map(Object.keys(THROTTLED).map((operation) => [operation, 2]));

  function throttle(operation: string): void {
    const times = left.get(operation) ?? 0;
    if (times === 0) return;
    left.set(operation, times - 1);
    throw THROTTLED[operation];
  }

  before(async () => {
    stack = await EksStack.start({ name: "eks-refused" });
    standIn().before = throttle;
  });
  after(async () => {
    await stack?.stop();
  });
  afterEach(() => {
    standIn().before = throttle;
    stack.configure({});
  });

  async function fails(says: RegExp, environment: NodeJS.ProcessEnv = {}): Promise<void> {
    const { code, output } = await stack.run("up", [], environment);
    assert.notEqual(code, 0, output);
    assert.match(output, says);
  }

  it("says that there are no credentials, or those of nobody or of another account", async () => {
    const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    await fails(/[Nn]o valid credential sources found/, none);
    stack.configure({ eks: { profile: "nobody" } });
    await fails(/failed to get shared config profile, nobody/);
    stack.configure({ eks: { accountId: "999999999999", admins: ["arn:aws:iam::999999999999:role/x"] } });
    await fails(/account ID not allowed: 123456789012/i);
    assert.deepEqual(standIn().operations(), []);
  });

  for (const [what, at, refusal, says] of REFUSALS)
    it(`tells AWS's reason where ${what} (${at})`, async () => {
      let refused = 0;
      standIn().before = (operation) => {
        if (operation !== at) return throttle(operation);
        refused += 1;
        throw refusal;
      };
      await fails(says);
      assert.ok(refused > 0);
    });

  it("makes the rest once nothing is refused, as often as AWS throttles or is away (429, 503)", async () => {
    const { code, output } = await stack.run("up");
    assert.equal(code, 0, output);
    assert.deepEqual(
      [...left].filter(([, times]) => times > 0),
      [],
    );
    assert.equal((await stack.run("up", ["--expect-no-changes"])).code, 0);
  });

  it("destroys all of it", async () => {
    const destroyed = await stack.run("destroy");
    assert.equal(destroyed.code, 0, destroyed.output);
    assert.equal(standIn().account.clusters.size, 0);
    assert.deepEqual(standIn().failures, []);
    assert.deepEqual(stack.account.refused, []);
  });
});
