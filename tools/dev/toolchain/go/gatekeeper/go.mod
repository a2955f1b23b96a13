// Gatekeeper has its own versions of the k8s.io libraries.
module security-stack/toolchain/gatekeeper

go 1.26.0

require github.com/open-policy-agent/gatekeeper/v3 v3.23.1
