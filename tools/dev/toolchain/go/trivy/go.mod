// trivy is compiled with GOEXPERIMENT=jsonv2, so it shares no compiled package with the core module.
module security-stack/toolchain/trivy

go 1.26.3

require github.com/aquasecurity/trivy v0.74.0 // indirect
