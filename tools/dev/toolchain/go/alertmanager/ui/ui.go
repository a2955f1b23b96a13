// Package ui stands in for Alertmanager's pages, which its releases have built from Elm and its Go module has not
// (prometheus/alertmanager, ui/web.go: go:embed app/dist). There are no pages; the API and the probes are not part of it.
package ui

import "github.com/prometheus/common/route"

// Register adds no page.
func Register(*route.Router) {}
