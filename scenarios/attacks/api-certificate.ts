import { requestAlert } from "../model/api-expectation";
import { defineScenario } from "../model/scenario-schema";
import apiCertificateQuery from "../queries/api-certificate.k8s_audit.json";

export const apiCertificate = defineScenario({
  id: "api-certificate",
  title: "A certificate for the API server is approved by hand",
  stage: "validation",
  techniques: ["T1098"],
  danger: "simulated",
  proves: "Whoever approves a certificate is seen, even where there is none to approve.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "PUT",
      path: "/apis/certificates.k8s.io/v1/certificatesigningrequests/ctem-request/approval",
      body: {
        apiVersion: "certificates.k8s.io/v1",
        kind: "CertificateSigningRequest",
        metadata: { name: "ctem-request" },
      },
      statuses: [404],
      why: "There is no such request, so that no certificate comes of it.",
    },
  ],
  expectations: [
    requestAlert("a certificate approved", apiCertificateQuery, {
      severity: 4,
      technique: "T1098",
      object: "ctem-request",
    }),
  ],
});
