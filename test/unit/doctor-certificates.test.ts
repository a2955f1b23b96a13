import assert from "node:assert/strict";
import { issueCertificates } from "../../components/pipeline/certificates";
import { type CertificateSecret, certificateChecks } from "../../tools/cli/doctor-checks/certificate-ends";

const DAY_MS = 24 * 60 * 60 * 1000;

describe("doctor: certificates of the stack's own connections", () => {
  let secret: CertificateSecret;

  before(async () => {
    const { caCertificate, serverCertificate } = await issueCertificates({
      serverNames: ["gateway"],
      validityDays: 90,
    });
    const data = { "ca.crt": caCertificate, "tls.crt": serverCertificate, "tls.key": "not looked at" };
    secret = {
      metadata: { namespace: "security-pipeline", name: "gateway-tls" },
      data: Object.fromEntries(
        Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
      ),
    };
  });

  const levelIn = (days: number) => {
    const [check, ...others] = certificateChecks([secret], new Date(Date.now() + days * DAY_MS));
    assert.deepEqual(others, []);
    return check!;
  };

  it("are well while they live for another month", () => {
    assert.equal(levelIn(0).level, "ok");
    assert.match(levelIn(0).message, /ends in (89|90) days/);
  });

  it("are told with their Secret and the fix before they end", () => {
    const { level, message, fix } = levelIn(70);
    assert.equal(level, "warn");
    assert.match(message, /security-pipeline\/gateway-tls ends in (19|20) days/);
    assert.match(fix!, /certificates\.generation/);
  });

  it("are in the way once they have ended", () => {
    const { level, message } = levelIn(91);
    assert.deepEqual([level, message], ["fail", "Ended: one of Secret security-pipeline/gateway-tls."]);
  });

  it("are no finding where there are none, and what is no certificate is passed over", () => {
    const none = { metadata: secret.metadata, data: { "x.crt": Buffer.from("text").toString("base64") } };
    assert.deepEqual(certificateChecks([], new Date()), []);
    assert.deepEqual(certificateChecks([none, { metadata: secret.metadata }], new Date()), []);
  });
});
