// trivy-operator is compiled with GOEXPERIMENT=jsonv2, as trivy is.
module security-stack/toolchain/trivy-operator

go 1.26.7

require github.com/aquasecurity/trivy-operator v0.34.0
